package io.httpipe.test;

import java.util.ArrayList;
import java.util.List;

/** Writes the configuration of a stock nginx: one server that contains the directives of the test. */
final class NginxConfig {
    static final int HTTP = 80;
    static final int TLS = 443;

    /** The folder of the certificate and its key. */
    static final String FOLDER = "/etc/nginx/httpipe";

    static final String CONTENT = "/usr/share/nginx/html";

    /** A path that nginx answers as soon as it runs. The access log does not contain these requests. */
    static final String READY = "/.httpipe-ready";

    private NginxConfig() {}

    /** Returns a whole configuration file. */
    static String of(List<String> directives, boolean tls, boolean socket) {
        List<String> server = new ArrayList<>();
        server.add("listen " + HTTP + ";");
        if (tls) {
            server.add("listen " + TLS + " ssl;");
            server.add("ssl_certificate " + FOLDER + "/server.pem;");
            server.add("ssl_certificate_key " + FOLDER + "/server.key;");
        }
        if (socket) {
            server.add("listen unix:" + NginxContainer.SOCKET + ";");
        }
        server.add("root " + CONTENT + ";");
        server.add("location = " + READY + " { access_log off; return 204; }");
        server.addAll(directives);
        return """
                worker_processes 1;
                error_log stderr notice;
                pid /run/nginx.pid;
                include /etc/nginx/modules-enabled/*.conf;
                events { worker_connections 1024; }
                http {
                    include /etc/nginx/mime.types;
                    default_type text/plain;
                    log_format httpipe '%s';
                    access_log /dev/stdout httpipe;
                    absolute_redirect off;
                    server {
                        %s
                    }
                }
                """.formatted(AccessLogEntry.FORMAT, String.join("\n        ", server));
    }
}
