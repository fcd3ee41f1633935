/** Reads a variable of the function's environment. @throws Error when the stack did not set it: a bug, so it alarms */
export const requireVariable = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === "") {
    throw new Error(`environment variable ${name}: expected a value from the stack, received none`);
  }
  return value;
};
