package io.httpipe.fuzz;

import io.httpipe.internal.wire.FieldLines;
import java.util.ArrayList;
import java.util.List;

/**
 * A field line.
 *
 * @param name  in its usual spelling
 * @param value without the blanks around it
 * @param line  as it came, but for blanks at its end
 */
record Line(String name, String value, String line) {
    static List<Line> of(FieldLines fields) {
        List<Line> lines = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            lines.add(new Line(fields.name(i), fields.value(i), fields.line(i)));
        }
        return lines;
    }
}
