/** Signs what the owner of an embedded cloud asks for, from this process or another one. */
export const OWNER_ACCESS_KEY = "embedded";

/** Signs what the state machine itself asks for; functions sign with their logical ids. */
export const STATE_MACHINE_ACCESS_KEY = "state-machine";
