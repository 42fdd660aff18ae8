/**
 * What holds for any octets whatever. A fuzz target gives the octets that it is given to the client, cut in several
 * ways, and compares what comes of it with what a plain reader of its own makes of the same octets: slow, short, and
 * written after the grammar of the RFC, with nothing in common with the client's parsers.
 */
@NullMarked
package io.httpipe.fuzz;

import org.jspecify.annotations.NullMarked;
