/** The report that a browser shows, beside the other files of a run. */
export const htmlReportFile = "execution_report.html";
