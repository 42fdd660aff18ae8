package io.httpipe.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.httpipe.BodyTooLargeException;
import io.httpipe.Httpipe;
import io.httpipe.Request;
import io.httpipe.Version;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.RepeatedTest;

/** The original's t/05-maxsize.t. It runs each test twice. */
class OriginalMaxSizeIT {
    private static final int MEBIBYTE = 1 << 20;

    @AutoClose
    private final Httpipe hp = Clients.create();

    private void assertTooLarge(Request request) {
        BodyTooLargeException e =
                assertThrows(BodyTooLargeException.class, () -> hp.request(request.maxBodySize(1024)));
        assertEquals(1024, e.maxBodySize());
    }

    @RepeatedTest(2)
    void t05_maxsize_test1_aBodyWithALengthIsTooLarge() {
        assertTooLarge(Transport.TCP.get("/length?n=" + MEBIBYTE));
    }

    @RepeatedTest(2)
    void t05_maxsize_test2_aChunkedBodyIsTooLarge() {
        assertTooLarge(Transport.TCP.get("/chunked?n=" + MEBIBYTE));
    }

    @RepeatedTest(2)
    void t05_maxsize_test3_aBodyOverHttp10IsTooLarge() {
        assertTooLarge(Transport.TCP.get("/length?n=" + MEBIBYTE).version(Version.HTTP_1_0));
        assertTooLarge(Transport.TCP.get("/chunked?n=" + MEBIBYTE).version(Version.HTTP_1_0)); // ends with the close
    }

    @RepeatedTest(2)
    void t05_maxsize_test4_aBodyOverHttp10IsNotTooLarge() throws Exception {
        Request request =
                Transport.TCP.get("/length?n=1023").version(Version.HTTP_1_0).maxBodySize(1024);
        assertEquals(1023, hp.request(request).body().length);
    }
}
