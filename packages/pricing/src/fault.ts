/** Why something that was asked for is refused. */
export interface Fault {
  /** Where, such as `plans[0].prices[1].tiers[2].up_to`. */
  readonly field: string;
  /** A code in snake_case. */
  readonly reason: string;
  /** A sentence: what is wrong and what to do. */
  readonly detail: string;
}
