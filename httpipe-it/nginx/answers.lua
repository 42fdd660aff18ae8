-- What each location of nginx.conf answers.

local ffi = require "ffi"

local answers = {}

-- nginx is linked with OpenSSL, so Lua can call OpenSSL's digests. They take a body piece by piece.
ffi.cdef[[
typedef struct evp_md_ctx_st EVP_MD_CTX;
typedef struct evp_md_st EVP_MD;
EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *ctx);
const EVP_MD *EVP_md5(void);
int EVP_DigestInit_ex(EVP_MD_CTX *ctx, const EVP_MD *type, void *engine);
int EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *data, size_t length);
int EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *digest, unsigned int *length);
]]

local PIECE = 64 * 1024
local PATTERN = ("0123456789abcdef"):rep(PIECE / 16)

local function argument(name, default)
    return tonumber(ngx.var["arg_" .. name]) or default
end

-- A whole answer, its length known.
local function text(body, status)
    ngx.status = status or 200
    ngx.header["Content-Length"] = #body
    ngx.print(body)
end

-- Sends n bytes in pieces of at most size bytes; byte i is the hexadecimal digit of i modulo 16. Each piece is sent
-- before the next one is written, so that it is one chunk if the answer is chunked. If size is a list, it holds the
-- length of each piece.
local function stream(n, size, pause)
    local sent, pieces = 0, 0
    while sent < n do
        local from = sent % 16 + 1
        pieces = pieces + 1
        local length = math.min(type(size) == "table" and size[pieces] or size, n - sent, PIECE - 16)
        if not ngx.print(PATTERN:sub(from, from + length - 1)) or not ngx.flush(true) then
            return
        end
        sent = sent + length
        if pause and sent < n then
            ngx.sleep(pause)
        end
    end
end

-- Calls begin(length) with the length of the request's body, then use(piece) with each piece of the body. The body is
-- in memory, or in a file that nginx has written.
local function read_body(begin, use)
    ngx.req.read_body()
    local path = ngx.req.get_body_file()
    if not path then
        local data = ngx.req.get_body_data() or ""
        begin(#data)
        use(data)
        return
    end
    local file = assert(io.open(path, "rb"))
    begin(file:seek("end"))
    file:seek("set")
    for piece in function() return file:read(PIECE) end do
        use(piece)
    end
    file:close()
end

-- /echo of the manual of lua-resty-httpipe: the request's head as it came, then its body. The answer to a GET has a
-- length, all others are chunked.
function answers.echo()
    local head = ngx.req.raw_header()
    read_body(function(length)
        if ngx.req.get_method() == "GET" then
            ngx.header["Content-Length"] = #head + length
        end
        ngx.print(head)
    end, ngx.print)
end

function answers.ok()
    text("OK\n")
end

-- /status/N
function answers.status()
    local status = tonumber(ngx.var.uri:match("^/status/(%d%d%d)$"))
    if not status or status < 200 then
        return text("a status is 200 to 999\n", 400)
    end
    if status == 204 or status == 304 then
        ngx.status = status
        if status == 304 then
            ngx.header["X-Foo"] = "bar"
        end
        return ngx.send_headers()
    end
    text("status " .. status .. "\n", status)
end

-- /length?n=
function answers.length()
    local n = argument("n", 0)
    ngx.header["Content-Length"] = n
    ngx.send_headers()
    if ngx.req.get_method() ~= "HEAD" then
        stream(n, PIECE)
    end
end

-- /chunked?n=&size=, or /chunked?sizes=3,9,27
function answers.chunked()
    if not ngx.var.arg_sizes then
        return stream(argument("n", 0), argument("size", 10000))
    end
    local sizes, n = {}, 0
    for size in ngx.var.arg_sizes:gmatch("%d+") do
        table.insert(sizes, tonumber(size))
        n = n + size
    end
    stream(n, sizes)
end

-- /until-close?n=: neither a length nor chunks, so that the close of the connection ends the body.
function answers.until_close()
    stream(argument("n", 0), PIECE)
end

-- /drip?n=&ms=: a byte, a pause, a byte.
function answers.drip()
    stream(argument("n", 10), 1, argument("ms", 100) / 1000)
end

-- /sleep?ms=
function answers.sleep()
    ngx.sleep(argument("ms", 1000) / 1000)
    text("OK\n")
end

-- /args?a=1: each argument comes back as a header, X-Header-A: 1 (and "true" for one without a value).
function answers.args()
    for name, value in pairs(ngx.req.get_uri_args(0)) do
        ngx.header["X-Header-" .. name:upper()] = value == true and "true" or value
    end
    text("OK\n")
end

function answers.headers()
    ngx.header["X-Test"] = "yes"
    ngx.header["Set-Cookie"] = { "a=32; path=/", "b=4; path=/", "c" }
    ngx.header["X-Test-A"] = "a"
    ngx.header["X-Test-B"] = "b"
    text("OK")
end

-- The response has the request's body, and in X-Framing how the request framed it. With /body?chunked=1 the response is
-- chunked.
function answers.body()
    local coding, length = ngx.var.http_transfer_encoding, ngx.var.http_content_length
    ngx.header["X-Framing"] = coding and "Transfer-Encoding: " .. coding
        or length and "Content-Length: " .. length
        or "none"
    ngx.header["Content-Type"] = ngx.var.http_content_type
    read_body(function(n)
        ngx.header["X-Body-Length"] = n
        if not ngx.var.arg_chunked then
            ngx.header["Content-Length"] = n
        end
        ngx.send_headers()
    end, function(piece)
        ngx.print(piece)
        ngx.flush(true)
    end)
end

-- How long the request's body is, and its MD5.
function answers.sink()
    local context = ffi.gc(ffi.C.EVP_MD_CTX_new(), ffi.C.EVP_MD_CTX_free)
    ffi.C.EVP_DigestInit_ex(context, ffi.C.EVP_md5(), nil)
    local total
    read_body(function(length)
        total = length
    end, function(piece)
        ffi.C.EVP_DigestUpdate(context, piece, #piece)
    end)
    local digest = ffi.new("unsigned char[16]")
    ffi.C.EVP_DigestFinal_ex(context, digest, nil)
    local hex = ffi.string(digest, 16):gsub(".", function(byte) return ("%02x"):format(byte:byte()) end)
    text(("%d %s\n"):format(total, hex))
end

-- The fields of a plain form, as nginx reads them: a name and a value in Base64 on each line.
local function plain_form()
    local lines = {}
    ngx.req.read_body()
    for name, value in pairs(assert(ngx.req.get_post_args())) do
        table.insert(lines, ("field %s %s\n"):format(ngx.encode_base64(name), ngx.encode_base64(value)))
    end
    table.sort(lines)
    text(table.concat(lines))
end

-- /form: what is in a form. For a multipart form a line for each part: its name, its value or its file name, and for a
-- file its type, length and MD5. Names and values are in Base64.
function answers.form()
    local boundary = (ngx.var.http_content_type or ""):match("^multipart/form%-data; *boundary=\"?([^\";]+)")
    if not boundary then
        return plain_form()
    end
    local pieces = {}
    read_body(function() end, function(piece)
        table.insert(pieces, piece)
    end)
    local body = "\r\n" .. table.concat(pieces)
    local mark = "\r\n--" .. boundary
    local lines = {}
    local _, at = assert(body:find(mark, 1, true))
    while body:sub(at + 1, at + 2) == "\r\n" do
        local begin, last = assert(body:find(mark, at + 1, true))
        local part = body:sub(at + 1, begin - 1)
        local _, head_end = assert(part:find("\r\n\r\n", 1, true))
        local head, content = part:sub(1, head_end), part:sub(head_end + 1)
        local name = head:match('\r\nContent%-Disposition: form%-data; name="([^"]*)"')
        local file = head:match('; filename="([^"]*)"\r\n')
        if file then
            table.insert(lines, ("file %s %s %s %d %s\n"):format(ngx.encode_base64(name), ngx.encode_base64(file),
                head:match("\r\nContent%-Type: ([^\r]*)\r\n"), #content, ngx.md5(content)))
        else
            table.insert(lines, ("field %s %s\n"):format(ngx.encode_base64(name), ngx.encode_base64(content)))
        end
        at = last
    end
    assert(body:sub(at + 1) == "--\r\n", "the last boundary does not end the body")
    text(table.concat(lines))
end

-- /swap?expect=&n=: n bytes for a request whose body is as long as expected.
function answers.swap()
    local received
    read_body(function(length)
        received = length
    end, function() end)
    if received ~= argument("expect") then
        return text(("the body has %d bytes\n"):format(received), 400)
    end
    answers.length()
end

-- The request's HTTP version times ten: 10 or 11. X-Foo has the request's Connection field.
function answers.version()
    ngx.header["X-Foo"] = ngx.var.http_connection or "nil"
    text(("%d"):format(ngx.req.http_version() * 10 + 0.5))
end

function answers.uri()
    text(ngx.var.request_uri)
end

function answers.host()
    text(ngx.var.http_host or "")
end

function answers.auth()
    ngx.header["WWW-Authenticate"] = 'Basic realm="httpipe"'
    text("who are you?\n", 401)
end

-- /redirect?to=
function answers.redirect()
    ngx.header["Location"] = ngx.req.get_uri_args()["to"] or "/simple-ok"
    text("elsewhere\n", 302)
end

-- The requests for each id of /flaky.
local received = {}

-- /flaky?id=&failures=&status=: the first requests with an id, as many as "failures" says, get this status. The next
-- one gets a line for each request with this id, including itself: its method, its Idempotency-Key and its body.
function answers.flaky()
    local id = ngx.var.arg_id
    local requests = received[id] or {}
    received[id] = requests
    read_body(function() end, function(body)
        table.insert(requests, ("%s %s %s\n"):format(ngx.req.get_method(), ngx.var.http_idempotency_key or "-", body))
    end)
    if #requests <= argument("failures", 1) then
        return text("not yet\n", argument("status", 503))
    end
    received[id] = nil
    text(table.concat(requests))
end

function answers.trailers()
    ngx.header["Trailer"] = "X-Checksum"
    ngx.print("hello")
end

local function raw(...)
    local lines = { ... }
    for _, line in ipairs {
        "HTTP/1.1 200 OK",
        "X-Connection: " .. ngx.var.connection,
        "X-Connection-Requests: " .. ngx.var.connection_requests,
        "Content-Type: text/plain",
        "Content-Length: 3",
        "Connection: close",
        "",
        "OK\n",
    } do
        table.insert(lines, line)
    end
    ngx.req.read_body()
    local socket = assert(ngx.req.socket(true))
    assert(socket:send(table.concat(lines, "\r\n")))
end

function answers.early_hints()
    raw("HTTP/1.1 103 Early Hints", "Link: </style.css>; rel=preload; as=style", "")
end

function answers.continue_twice()
    raw("HTTP/1.1 100 Continue", "", "HTTP/1.1 100 Continue", "")
end

-- A line of an informational head, and then nothing for a long time.
function answers.half_continue()
    ngx.req.read_body()
    assert(assert(ngx.req.socket(true)):send("HTTP/1.1 100 Continue\r\n"))
    ngx.sleep(argument("ms", 3000) / 1000)
end

return answers
