/** Everything in this file's exports becomes a workflow type in the bundle; nothing else may be exported here. */

export { hold } from './hold.ts';
export { notification } from './notification.ts';
export { request } from './request.ts';
export { retention } from './retention.ts';
export { sweep } from './sweep.ts';
export { transcript } from './transcript.ts';
