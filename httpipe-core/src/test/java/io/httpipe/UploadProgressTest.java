package io.httpipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.test.server.Script;
import io.httpipe.test.server.ScriptedServer;
import io.httpipe.testing.Transports;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that reports the progress of an upload in informational heads. */
@Timeout(60)
class UploadProgressTest {
    private static final int PIECE = 10_000;

    private static Script reportingProgress(int heads) {
        return peer -> {
            while (peer.nextHead() != null) {
                for (int i = 0; i < heads; i++) {
                    peer.send("HTTP/1.1 104 Upload Resumption Supported\r\nUpload-Offset: " + i + "\r\n\r\n");
                    peer.body(PIECE);
                }
                peer.send("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nhi");
            }
        };
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void aHundredInformationalHeadsDoNotEndTheUpload(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(reportingProgress(100));
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body(new byte[100 * PIECE]);
            assertEquals(201, hp.request(request).status());
            assertEquals(1, hp.request(request).reusedTimes());
        }
    }

    @ParameterizedTest
    @EnumSource(Transports.class)
    void oneMoreInformationalHeadEndsTheUpload(Transports transport) throws Exception {
        try (ScriptedServer server = transport.server(reportingProgress(101));
                Httpipe hp = transport.client().build()) {
            Request request = Transports.request("POST", server).body(new byte[101 * PIECE]);
            MalformedResponseException e = assertThrows(MalformedResponseException.class, () -> hp.request(request));
            assertTrue(e.getMessage().contains("more than 100 informational responses"), e.getMessage());
        }
    }
}
