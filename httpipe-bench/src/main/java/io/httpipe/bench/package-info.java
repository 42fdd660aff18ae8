/** Benchmarks of whole clients: the scenarios, the measurement and the report. */
@NullMarked
package io.httpipe.bench;

import org.jspecify.annotations.NullMarked;
