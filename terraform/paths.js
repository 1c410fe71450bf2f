// Runs in CloudFront before the API. A trailing slash is as good as none: API Gateway takes the two for different paths,
// and would send an upload with a slash to the function of all that has no route. And it says who asks, whatever
// that one says: by X-Forwarded-For alone the application could not be sure (docs/decisions/0025-who-is-counted.md).
function handler(event) {
  var request = event.request;
  request.uri = request.uri.replace(/\/+$/, "") || "/";
  request.headers["x-viewer-address"] = { value: event.viewer.ip };
  return request;
}
