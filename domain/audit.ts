/**
 * What the audit trail records (Art. 5(2)): who did what to which thing, when and why. Ids, codes and counts only, so that erasing
 * a record never has to touch its trail (I10).
 */
import type { ControllerId } from './ids.ts';
import type { Instant } from './time/instant.ts';

/** Who may act: the roles of the people and systems that call, and `system` for Oblio itself. */
export const auditRoles = ['source', 'dpo', 'officer', 'legal', 'operator', 'auditor', 'system'] as const;

/** The role under which a caller acted: those that tokens carry, and `system` for Oblio's own parts. */
export type AuditRole = (typeof auditRoles)[number];

/** Every kind of thing an entry can be about. */
export const auditTargets = [
  'record',
  'record-batch',
  'object',
  'unit',
  'intent',
  'certificate',
  'suspension',
  'policy',
  'sweep',
  'transcript',
  'audit-trail',
  'case',
  'opt-out',
] as const;

/** The kind of thing an entry is about; with its id it is found again. */
export type AuditTarget = (typeof auditTargets)[number];

/** The closed vocabulary of what can happen. A new action is a new line here, never a free text. */
export const auditActions = [
  'record-registered',
  'records-registered',
  'record-read',
  'record-content-read',
  'restricted-record-read',
  'record-fate-read',
  'object-stored',
  'object-read',
  'unit-read',
  'certificate-read',
  'certificates-listed',
  'sweep-requested',
  'sweep-read',
  'sweeps-listed',
  'sweep-finished',
  'unit-started-again',
  'policy-stored',
  'policy-read',
  'redating-previewed',
  'redating-requested',
  'redating-confirmed',
  'redating-declined',
  'redatings-listed',
  'redating-finished',
  'records-redated',
  'erasure-intended',
  'erasure-certified',
  'erasure-refused-by-store',
  'erasure-repeated-after-restore',
  'abandoned-objects-erased',
  'unit-closed',
  'transcript-settled',
  'suspension-previewed',
  'suspension-placed',
  'suspension-read',
  'suspensions-listed',
  'suspension-scope-changed',
  'suspension-reviewed',
  'suspension-review-due',
  'suspension-release-requested',
  'suspension-release-declined',
  'suspension-released',
  'suspension-notice-made',
  'suspension-notices-read',
  'suspension-notice-delivered',
  'custody-reported',
  'case-received',
  'case-changed',
  'case-read',
  'cases-listed',
  'case-command-refused',
  'case-attachment-stored',
  'case-attachment-read',
  'case-letter-composed',
  'case-letter-read',
  'case-package-begun',
  'case-package-stored',
  'case-searched',
  'case-manifest-read',
  'case-record-named',
  'decision-executed',
  'record-rectified',
  'record-statements-attached',
  'opt-outs-recorded',
  'opt-outs-asked',
  'opt-out-ended',
  'case-letter-rendered',
  'case-letter-previewed',
  'case-letter-signed',
  'case-letter-receipt-attached',
  'case-letter-dispatched',
  'delivery-link-made',
  'delivery-link-revoked',
  'delivery-link-code-made',
  'delivery-link-opened',
  'delivery-link-refused',
  'recipient-notification-ordered',
  'recipient-told',
  'recipient-chased',
  'recipient-delivery-ended',
  'recipient-recorded-by-staff',
  'recipient-acknowledged',
  'recipients-read',
  'audit-trail-read',
  'access-refused',
] as const;

/** The name of what was done. Names stay: entries are never rewritten. */
export type AuditAction = (typeof auditActions)[number];

/** Further facts of an entry: codes, counts, ids and digests. */
export type AuditDetail = Readonly<Record<string, string | number | boolean | null | readonly (string | number)[]>>;

/** One entry, as it is appended in the transaction of what it describes. */
export type AuditEntry = {
  readonly at: Instant;
  /** Opaque id of the caller (the token's `sub`), or the name of a part of Oblio such as `erasure-gate`. */
  readonly actor: string;
  readonly role: AuditRole;
  readonly action: AuditAction;
  readonly controller: ControllerId;
  readonly target: { readonly kind: AuditTarget; readonly id: string };
  /** A code, a policy line, a matter or the reason that the caller gave; never a name or an identifier of a data subject. */
  readonly why: string;
  readonly detail?: AuditDetail;
};
