/** Decodes the content coding zstd. */
@NullMarked
package io.httpipe.zstd;

import org.jspecify.annotations.NullMarked;
