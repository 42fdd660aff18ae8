package io.httpipe.fuzz;

import io.httpipe.internal.wire.FieldLines;
import java.util.ArrayList;
import java.util.List;

/**
 * A field line of a head or a trailer section.
 *
 * @param name  the name in its usual spelling
 * @param value the value without spaces and tabs around it
 * @param line  the line as it was received, but spaces replace line folds, and trailing spaces and tabs are left out
 */
record FieldLine(String name, String value, String line) {
    static List<FieldLine> of(FieldLines fields) {
        List<FieldLine> lines = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            lines.add(new FieldLine(fields.name(i), fields.value(i), fields.line(i)));
        }
        return lines;
    }
}
