package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.httpipe.Exchange;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Token;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The original's t/06-eof.t. */
class OriginalEofIT {
    @AutoClose
    private final Httpipe hp = Clients.create();

    /** The original gets exactly seven pieces: it waits until each piece is full or its chunk has ended. */
    @Test
    void t06_eof_test1_eofIsTrueAfterTheLastPieceAndNotBefore() throws Exception {
        try (Exchange exchange = hp.connect(Nginx.host(), Nginx.httpPort())) {
            assertFalse(exchange.eof());
            exchange.sendRequest(Request.get("/chunked?sizes=10000,10000,10000,2768"));
            assertFalse(exchange.eof());
            int pieces = 0;
            int total = 0;
            for (Token token = exchange.read(); !(token instanceof Token.Eof); token = exchange.read()) {
                assertFalse(exchange.eof(), () -> "before the end of the response");
                if (token instanceof Token.Body body) {
                    pieces++;
                    total += body.data().length;
                }
            }
            assertTrue(exchange.eof());
            assertEquals(32768, total);
            assertTrue(pieces >= 7, pieces + " pieces");
        }
    }
}
