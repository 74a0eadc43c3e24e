import { NoSuchRange, surveyJournal } from "@tallybook/audit";
import type { JournalSurvey, SurveyOptions } from "@tallybook/audit";
import type { Log } from "@tallybook/log";
import { Problem } from "@tallybook/service";

/** A part of a tenant's journal, read and proven. Throws a Problem: 404 where there is no such part yet, 503 where others are being read. */
export type JournalSurveys = (
  of: Required<Pick<SurveyOptions, "tenant">> & Omit<SurveyOptions, "log">,
) => Promise<JournalSurvey>;

/** Each reads the whole journal. */
const atOnceMax = 2;

export function createJournalSurveys(log: Log): JournalSurveys {
  let underWay = 0;
  return async (of) => {
    if (underWay >= atOnceMax)
      throw new Problem({
        status: 503,
        title: "Service Unavailable",
        detail: "Others have the journal read at the moment: send it again.",
        headers: { "retry-after": "2" },
      });
    underWay += 1;
    try {
      return await surveyJournal({ log, ...of });
    } catch (error) {
      if (!(error instanceof NoSuchRange)) throw error;
      const detail = error.message.slice(0, 1).toUpperCase() + error.message.slice(1);
      throw new Problem({ status: 404, title: "Not Found", detail });
    } finally {
      underWay -= 1;
    }
  };
}
