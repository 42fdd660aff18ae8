package io.httpipe.internal.call;

import io.httpipe.internal.wire.Arguments;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/**
 * A form as {@code application/x-www-form-urlencoded}. The JDK's encoder follows the serializer of the WHATWG URL
 * standard, section 5.2: letters, digits and {@code *-._} stay, a space becomes a plus, and all else is percent-encoded
 * as UTF-8.
 */
public final class FormBody extends BytesBody {
    /** Creates the body of a form that {@link #append} has written. */
    public FormBody(StringBuilder form) {
        super(form.toString().getBytes(StandardCharsets.US_ASCII), "application/x-www-form-urlencoded");
    }

    /** Appends one more pair to a form. */
    public static void append(StringBuilder form, String name, String value) {
        if (!form.isEmpty()) {
            form.append('&');
        }
        form.append(encoded("name", name)).append('=').append(encoded("value", value));
    }

    private static String encoded(String what, String text) {
        return URLEncoder.encode(Arguments.encodable(what, text), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return "form of " + super.toString();
    }
}
