// Most of these answers begin before the request's body has been read. Each one tells its connection's number in
// X-Connection.
'use strict';

const { createHash } = require('node:crypto');
const http = require('node:http');
const busboy = require('busboy');

// Two events for each upload with an id in its query: the answer has begun, and the upload has ended (with the length
// and checksum of its body).
const uploads = new Map();

function event() {
  let happened;
  const promise = new Promise((resolve) => {
    happened = resolve;
  });
  return { promise, happened };
}

// A client may ask for an upload that has not arrived yet.
function upload(id) {
  if (!uploads.has(id)) {
    uploads.set(id, { begun: event(), received: event() });
  }
  return uploads.get(id);
}

// The length and MD5 of a body, as nginx's /sink tells them.
function facts(body) {
  return new Promise((resolve) => {
    const digest = createHash('md5');
    let length = 0;
    body.on('data', (piece) => {
      digest.update(piece);
      length += piece.length;
    });
    body.on('end', () => resolve(`${length} ${digest.digest('hex')}\n`));
    body.on('close', () => resolve(`broke off after ${length} bytes\n`));
  });
}

function text(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'text/plain', 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

const answers = {
  '/': (request, response) => text(response, 200, 'OK\n'),

  // The answer's head goes out with the first piece of the body.
  '/echo': (request, response, id) => {
    request.once('data', () => setImmediate(upload(id).begun.happened));
    facts(request).then(upload(id).received.happened);
    request.pipe(response);
  },

  // Sends a line before it reads any of the body, and a line of facts after the end of the body.
  '/early': (request, response, id) => {
    response.write('begun\n', async () => {
      upload(id).begun.happened();
      const line = await facts(request);
      upload(id).received.happened(line);
      response.end(line);
    });
  },

  // Sends the whole answer before it reads the body: the listeners get no data until this function has returned.
  '/accepted': (request, response, id) => {
    facts(request).then(upload(id).received.happened);
    response.on('finish', upload(id).begun.happened);
    text(response, 202, 'accepted\n');
  },

  // Refuses the request as soon as its head has arrived.
  '/refused': (request, response) => text(response, 413, 'too much\n'),

  // Reads a form. The first line of the answer has the framing of the body. Then there is a line for each field and
  // file: its name, and its value or file name, in Base64 (or - if there is none). The line of a file also has its
  // type, length and MD5.
  '/form': (request, response) => {
    const base64 = (value) => (value === undefined ? '-' : Buffer.from(value).toString('base64'));
    const lines = [request.headers['transfer-encoding'] ?? `length ${request.headers['content-length']}`];
    const files = [];
    const form = busboy({ headers: request.headers, defParamCharset: 'utf8', preservePath: true });
    form.on('field', (name, value) => lines.push(`field ${base64(name)} ${base64(value)}`));
    form.on('file', (name, file, { filename, mimeType }) => {
      const index = lines.push('') - 1;
      files.push(facts(file).then((line) => {
        lines[index] = `file ${base64(name)} ${base64(filename)} ${mimeType} ${line.trim()}`;
      }));
    });
    form.on('error', (error) => text(response, 400, `${error.message}\n`));
    form.on('close', async () => {
      await Promise.all(files);
      text(response, 200, lines.join('\n') + '\n');
    });
    request.pipe(form);
  },

  // Waits until the answer to this upload has begun.
  '/begun': async (request, response, id) => {
    await upload(id).begun.promise;
    text(response, 200, 'begun\n');
  },

  // Waits until this upload is over, tells its facts and forgets it.
  '/received': async (request, response, id) => {
    const line = await upload(id).received.promise;
    uploads.delete(id);
    text(response, 200, line);
  },
};

const server = http.createServer({ keepAliveTimeout: 30_000, noDelay: true }, (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  response.setHeader('X-Connection', request.socket.number);
  const answer = answers[pathname];
  if (answer) {
    answer(request, response, searchParams.get('id'));
  } else {
    text(response, 404, 'no such answer\n');
  }
});

let connections = 0;
server.on('connection', (socket) => {
  connections += 1;
  socket.number = connections;
});
server.listen(8080);

// By default, SIGINT and SIGTERM do not end the first process of a container.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => process.exit());
}
