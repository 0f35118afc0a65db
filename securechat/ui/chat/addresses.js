// Where the server is: the app may be served under any path, and a page of it under one more part.

// The path of the front page. page: the path of this page within the app, empty for the front page.
export function homeOf(page) {
  const here = location.pathname.replace(/\/*$/, "/");
  return page && here.endsWith(`/${page}/`) ? here.slice(0, -page.length - 1) : here;
}

// The address of a WebSocket. path: its path within the app.
export function socketAddress(home, path) {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${home}${path}`;
}
