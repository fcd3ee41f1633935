/** `plan.json` of a run: what later steps must know of all waves. */
export interface RunPlan {
  /** Tasks accepted, those set aside included. */
  readonly tasks: number;
  /** Tasks that planning ended: cycles, unknown dependencies, and what depends on them. */
  readonly set_aside: number;
  /** Ascending. */
  readonly waves: readonly {
    readonly wave: number;
    readonly tasks: number;
    /** Waves that hold a task on which one of this wave depends. */
    readonly depends_on_waves: readonly number[];
  }[];
}
