/**
 * Fuzz targets and properties: what must hold for any input.
 *
 * <p>A fuzz target passes its input to the client. Two targets pass it to a parser of {@code httpipe-test} or
 * {@code httpipe-test-server} instead. If the client reads the input from a stream, the target cuts it into pieces in
 * several ways. The target compares the result with that of a reference parser. The reference parsers
 * ({@code Reference*}) follow the grammar of the RFCs. They are slow and short, and share no code with the parsers of
 * the client.
 *
 * <p>A property generates messages, most of them well-formed. It checks that the client reads or writes them correctly.
 */
@NullMarked
package io.httpipe.fuzz;

import org.jspecify.annotations.NullMarked;
