/** Decodes the content coding br. */
@NullMarked
package io.httpipe.brotli;

import org.jspecify.annotations.NullMarked;
