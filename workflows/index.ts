/** Everything in this file's exports becomes a workflow type in the bundle; nothing else may be exported here. */

export { hold } from './hold/workflow.ts';
export { notification } from './notification/workflow.ts';
export { request } from './request/workflow.ts';
export { retention } from './retention/workflow.ts';
export { sweep } from './sweep/workflow.ts';
export { transcript } from './transcript/workflow.ts';
