/** What `--report` chooses from; apart from the writers, so that `--help` loads none of them. */
export const REPORT_KINDS = ['json', 'junit', 'github', 'html'] as const
export type ReportKind = (typeof REPORT_KINDS)[number]
