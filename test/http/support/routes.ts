/** The routes that ask for a key, as API Gateway names them. */
export const apiRequests = [
  'POST /register',
  'POST /push_call',
  'POST /push_cancel',
  'POST /push_message',
  'POST /update',
  'POST /delete',
  'GET /devices',
] as const;
export type ApiRequest = (typeof apiRequests)[number];
