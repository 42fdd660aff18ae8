package io.httpipe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An argument that puts text into a request, and the only line of the request that it may change. */
enum TextArgument {
    METHOD("method", 0) {
        @Override
        Request use(String text) {
            return Request.of(text, "http://h/");
        }
    },
    PATH_OF_URI("uri", 0) {
        @Override
        Request use(String text) {
            return Request.get("http://h/" + text);
        }
    },
    WHOLE_URI("uri", 0) {
        @Override
        Request use(String text) {
            // With only a path, the Host would be that of the endpoint.
            return Request.get("/" + text).header("Host", "h");
        }
    },
    HOST_OF_URI("uri", 1) {
        @Override
        Request use(String text) {
            return Request.get("http://h" + text + "/").path("/").rawQuery("");
        }
    },
    PORT_OF_URI("uri", 1) {
        @Override
        Request use(String text) {
            return Request.get("http://h:8" + text + "/").path("/").rawQuery("");
        }
    },
    PATH("path", 0) {
        @Override
        Request use(String text) {
            return GET.path(text);
        }
    },
    RAW_PATH("path", 0) {
        @Override
        Request use(String text) {
            return GET.rawPath(text);
        }
    },
    SEGMENT("text", 0) {
        @Override
        Request use(String text) {
            return GET.segment(text);
        }
    },
    RAW_QUERY("query", 0) {
        @Override
        Request use(String text) {
            return GET.rawQuery(text);
        }
    },
    KEY("key", 0) {
        @Override
        Request use(String text) {
            return GET.query(text, "v");
        }
    },
    VALUE("value", 0) {
        @Override
        Request use(String text) {
            return GET.query("k", text);
        }
    },
    PAIRS("key|value", 0) {
        @Override
        Request use(String text) {
            return GET.query(Map.of(text, text, "k", "v"));
        }
    },
    FLAG("key", 0) {
        @Override
        Request use(String text) {
            return GET.queryFlag(text);
        }
    },
    HEADER_NAME("name", 2) {
        @Override
        Request use(String text) {
            return GET.header(text, "v");
        }
    },
    ADDED_HEADER_NAME("name", 2) {
        @Override
        Request use(String text) {
            return GET.addHeader(text, "v");
        }
    },
    EXACT_HEADER_NAME("name", 2) {
        @Override
        Request use(String text) {
            return GET.exactHeader(text, "v");
        }
    },
    LEFT_OUT_HEADER_NAME("name", -1) {
        @Override
        Request use(String text) {
            return GET.withoutHeader(text);
        }
    },
    HEADER_VALUE("X-Y", 2) {
        @Override
        Request use(String text) {
            return GET.header("X-Y", text);
        }
    },
    EXACT_HEADER_VALUE("X-Y", 2) {
        @Override
        Request use(String text) {
            return GET.exactHeader("X-Y", text);
        }
    },
    ADDED_HEADER_VALUE("X-Y", 2) {
        @Override
        Request use(String text) {
            return GET.addHeader("x-y", text);
        }
    },
    HOST("Host", 1) {
        @Override
        Request use(String text) {
            return GET.header("Host", text);
        }
    },
    CONNECTION("Connection", 2) {
        @Override
        Request use(String text) {
            return GET.header("connection", text);
        }
    },
    TE("TE", 3) {
        @Override
        Request use(String text) {
            return GET.header("Connection", "te").header("te", text);
        }
    },
    TRAILER_NAME("name", 9) {
        @Override
        Request use(String text) {
            return trailing(Headers.of(text, "v"));
        }
    },
    TRAILER_VALUE("X-Y", 9) {
        @Override
        Request use(String text) {
            return trailing(Headers.of("X-Y", text));
        }
    };

    private static final List<String> PLAIN =
            List.of("GET / HTTP/1.1", "Host: h", "User-Agent: httpipe/0.1", "Accept: */*", "", "");
    private static final List<String> WITH_OPTION =
            List.of("GET / HTTP/1.1", "Host: h", "Connection: te", "User-Agent: httpipe/0.1", "Accept: */*", "", "");
    private static final List<String> CHUNKED = List.of(
            "POST / HTTP/1.1",
            "Host: h",
            "User-Agent: httpipe/0.1",
            "Accept: */*",
            "Transfer-Encoding: chunked",
            "",
            "1",
            "x",
            "0",
            "",
            "");

    private static final Request GET = Request.get("http://h/");

    final String name;

    /** The index of the line that may change; -1 if there is none. */
    final int line;

    TextArgument(String name, int line) {
        this.name = name;
        this.line = line;
    }

    abstract Request use(String text);

    /** Returns the lines that the server must receive, with the changeable line empty. */
    List<String> expected() {
        List<String> expected = new ArrayList<>(this == TE ? WITH_OPTION : line == 9 ? CHUNKED : PLAIN);
        if (line >= 2) {
            expected.add(line, "");
        }
        return expected;
    }

    private static Request trailing(Headers trailers) {
        return Request.post("http://h/").body("x").trailers(() -> trailers);
    }
}
