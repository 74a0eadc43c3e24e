import {
  about,
  idText,
  input,
  listOf,
  named,
  nameText,
  orNull,
  output,
  text,
  time,
  whole,
  yesOrNo,
} from "@tallybook/service";
import { maybeTime, offset } from "./common.ts";

const count = whole(0, Number.MAX_SAFE_INTEGER);
const sources = about("Whose events it takes; those of every source unless given.", listOf(text));

export const backfillInput = named(
  "BackfillInput",
  input(
    {
      from: about("It takes events of a time from here on.", time),
      to: about("Up to here, exclusive; not later than now.", time),
      reason: about("Why so late; it is kept with the backfill.", idText),
    },
    {
      sources: orNull(sources),
      closes_at: about(
        "Until when its events are taken: a week from now unless given, and 31 days at most.",
        maybeTime,
      ),
      events: about("How many events there are.", orNull(count)),
      digest: about("SHA-256 of the file with the events, in hex.", orNull(text)),
      backfill: about("Its id; it gets one unless given.", orNull(nameText)),
    },
  ),
);

export const backfill = named(
  "Backfill",
  output({
    backfill: about("Events name it: `POST /v1/events/batch?backfill=…`.", text),
    sources,
    from: time,
    to: time,
    closes_at: time,
    is_open: about("Whether it takes events now.", yesOrNo),
    reason: text,
    events: orNull(count),
    digest: orNull(text),
    requested_at: time,
    requested_by: about("Id of the API key that asked.", text),
    catalog_offset: about("A cut with a higher catalog_offset opens it.", offset),
  }),
);
