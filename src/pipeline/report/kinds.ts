/** This file names the kinds of report that `--report` chooses from. It imports no writer, so that `--help` loads none. */
export const REPORT_KINDS = ['json', 'junit', 'github', 'html', 'codequality', 'sarif'] as const
export type ReportKind = (typeof REPORT_KINDS)[number]
