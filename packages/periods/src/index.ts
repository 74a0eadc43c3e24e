export { isMonthStart, monthOf, nextMonth, slotOf, type Period } from "./period.ts";
export {
  formatTime,
  MICROS_PER_HOUR,
  MICROS_PER_SECOND,
  parseTime,
  timesEnd,
  type Micros,
} from "./time.ts";
