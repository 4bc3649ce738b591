/** `GET /health`: answers as long as API Gateway and Lambda do. */
export const handler = async () => ({
  statusCode: 200,
  headers: { 'content-type': 'text/plain', 'cache-control': 'no-store' },
  body: 'ok',
});
