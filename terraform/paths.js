// Runs in CloudFront before the API: a trailing slash is as good as none. API Gateway takes the two for different
// paths, and would send an upload with a slash to the function of all that has no route.
function handler(event) {
  var request = event.request;
  request.uri = request.uri.replace(/\/+$/, "") || "/";
  return request;
}
