package io.httpipe.internal.call;

import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/** A body that observes the bytes of another body when they are written. In all else it behaves like that body. */
interface BodyWrapper extends OutgoingBody {
    /** The wrapped body. */
    OutgoingBody body();

    @Override
    default long length() throws IOException {
        return body().length();
    }

    @Override
    default @Nullable String mediaType() {
        return body().mediaType();
    }

    @Override
    default @Nullable String contentEncoding() {
        return body().contentEncoding();
    }

    @Override
    default boolean repeatable() {
        return body().repeatable();
    }

    @Override
    default void requireUnsent(boolean begins) {
        body().requireUnsent(begins);
    }

    @Override
    default boolean isUsed() {
        return body().isUsed();
    }

    @Override
    default void copyTo(OutputStream output) throws IOException {
        body().copyTo(output);
    }

    @Override
    default boolean mayBlock() {
        return body().mayBlock();
    }

    @Override
    default void readBy(long deadline) {
        body().readBy(deadline);
    }

    @Override
    default void abandon() {
        body().abandon();
    }

    @Override
    default void release() throws IOException {
        body().release();
    }

    @Override
    default boolean fitsOneWrite() {
        return body().fitsOneWrite();
    }
}
