package io.httpipe.test;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordingSecretsTest {
    private static String header(Secrets secrets, String name, String value) {
        return secrets.masked(List.of(Map.entry(name, value))).getFirst().getValue();
    }

    @Test
    void aFragmentIsMaskedAsAQueryIs() {
        assertEquals(
                "https://app/cb#access_token=***&x=1",
                header(Secrets.DEFAULT, "Location", "https://app/cb#access_token=t0p&x=1"));
        assertEquals("/cb?a=1&token=***#id_token=***", Secrets.DEFAULT.uri("/cb?a=1&token=t0p#id_token=t0p"));
        assertEquals("/cb#/in?token=***", Secrets.DEFAULT.uri("/cb#/in?token=t0p"));
        assertEquals("/cb#top", Secrets.DEFAULT.uri("/cb#top"));
    }

    @Test
    void userAndPasswordAreMaskedWithAndWithoutAScheme() {
        assertEquals("//***@host/x", header(Secrets.DEFAULT, "Location", "//user:pw@host/x"));
        assertEquals("http://***@host?a=@", Secrets.DEFAULT.uri("http://u:p@ss@host?a=@"));
        assertEquals("http://host/a@b//c@d", Secrets.DEFAULT.uri("http://host/a@b//c@d"));
    }

    @Test
    void aHeaderWithAUriCanBeSecretAsAWhole() {
        Secrets secrets = Secrets.DEFAULT.and("Location", "Referer", "Content-Location");
        for (String name : List.of("location", "Referer", "Content-Location")) {
            assertEquals("***", header(secrets, name, "/x"));
        }
    }

    @Test
    void emptyPairsStay() {
        assertEquals("/x?&a=1&&b=2&", Secrets.DEFAULT.uri("/x?&a=1&&b=2&"));
        assertEquals("/x?", Secrets.DEFAULT.uri("/x?"));
    }
}
