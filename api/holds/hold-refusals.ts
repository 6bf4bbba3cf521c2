/** Why a command on a hold is refused, in the words that several of them share. */
import { refusal } from '../http/problems.ts';

/** There is no such hold, or it is another controller's. */
export const holdUnknown = () =>
  refusal('hold-unknown', { detail: 'The controller has no litigation hold or legal obligation of this id.' });

/** The hold has ended. */
export const holdReleased = () =>
  refusal('hold-released', { detail: 'A released hold stays as it is; place a new one.' });

/** An earlier request about this hold still waits for its second person. */
export const holdRequestWaiting = () =>
  refusal('hold-request-waiting', { detail: 'Another request about this hold waits for a decision.' });

/** The scope was changed between the preview and the command. */
export const holdScopeMoved = () =>
  refusal('hold-preview-needed', { detail: 'The scope changed meanwhile; look at the preview again.' });
