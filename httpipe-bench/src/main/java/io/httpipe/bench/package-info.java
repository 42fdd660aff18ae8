/** Whole-client benchmarks: what is done, how it is measured, what is written about it. */
@NullMarked
package io.httpipe.bench;

import org.jspecify.annotations.NullMarked;
