/**
 * Fuzz targets and properties: what must hold for any input.
 *
 * <p>A fuzz target passes its input to the client, cut into pieces in several ways. It compares the result with that of
 * a reference parser. The reference parsers ({@code Reference*}) follow the grammar of the RFCs. They are slow and
 * short, and share no code with the parsers of the client.
 *
 * <p>A property generates well-formed messages and checks that the client reads or writes them correctly.
 */
@NullMarked
package io.httpipe.fuzz;

import org.jspecify.annotations.NullMarked;
