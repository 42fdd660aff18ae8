/**
 * Opens connections and moves bytes over them within time limits.
 *
 * <p>{@link io.httpipe.internal.connect.Dialer} resolves the host, connects to one of its addresses and does the TLS
 * handshake. {@code ProxyDialer} does this through a proxy. A {@link io.httpipe.internal.connect.Transport} then
 * carries the bytes. Each of its operations has its own end time.
 *
 * <h2>Time limits</h2>
 *
 * <p>{@link io.httpipe.internal.connect.CallTimeouts} belongs to one call. {@code enter(step)} starts a step and
 * returns the time by which the step must be over: the step's own limit or the call's deadline, whichever comes first.
 * Every blocking operation takes that time as an argument.
 *
 * <p>An {@link io.httpipe.internal.connect.OperationTimer} limits the time of blocking operations, one at a time. The
 * thread that is about to block arms the timer, and disarms it afterwards. {@link
 * io.httpipe.internal.connect.TimerThread}, one daemon platform thread for the whole JVM, fires the timer when its time
 * is over.
 *
 * <ul>
 *   <li>Either the disarming or the firing succeeds, never both. If the timer of a transport fires, the transport
 *       closes its channel. The operation then throws {@link io.httpipe.internal.connect.ExpiredException} in place of
 *       the exception that the close causes.
 *   <li>A timer that has notified its owner stays fired, unless the owner restarts it. Only a race of addresses does
 *       so (see below). If the owner could not be notified, for example because memory ran out, the timer fires again.
 *   <li>A timer may be armed after its time is over. The operation may then disarm it before the timer thread has
 *       checked. A body may need many reads or writes, and each of them may find the socket ready. For bodies the
 *       deadline is therefore checked as well ({@code CallTimeouts.requireTime}). After the deadline, only the bytes
 *       that are already in the {@code ReadBuffer} may still be read.
 *   <li>An owner must not block when a timer notifies it, because all connections share the timer thread.
 *   <li>Code that creates a timer must cancel it.
 *   <li>A call that waits for its turn in the pool parks without a time limit, and its own timer wakes it. A timed park
 *       would set a timer of the JDK each time.
 *   <li>The timer thread ends when there has been no timer for two seconds. An open connection has timers, so the
 *       thread runs as long as a connection is open. The next timer to be added starts another thread. Code that arms a
 *       timer therefore normally finds a running thread.
 * </ul>
 *
 * <p>Not all operations block. A {@code SocketTransport} uses its channel in non-blocking mode for operations that do
 * not need to wait, such as the check of an idle connection, the read after a yield, and reading ahead. A write uses
 * the mode that the channel is in. No timer is armed for such a check or read, or for a write in non-blocking mode. The
 * first operation that has to wait makes the channel blocking, unless it waits together with others (see below). {@code
 * setDuplex} does the same before one thread reads while another writes, because the mode is the same for both
 * directions. The channel stays in blocking mode until {@code setDuplex(false)} is called. Before that, a change of the
 * mode would have to wait until the write ends. That could be a deadlock: some servers read the rest of a request only
 * after the client has read their answer.
 *
 * <p>Some operations need more than a timer:
 *
 * <ul>
 *   <li>While the kernel transfers a file, another thread that wants to close the socket leaves the close to the
 *       transferring thread ({@link io.httpipe.internal.connect.TransferState}). On JDK 21 a transfer uses the number
 *       of the file descriptor, and another socket may get that number as soon as this one is closed.
 *   <li>A patient read that runs out of time leaves the connection open, so that a later read can continue. It uses
 *       {@code SO_TIMEOUT}, which costs more than a timer. Unix sockets do not have this option. On a Unix socket, a
 *       read that runs out of time closes the connection.
 *   <li>An interrupt closes the channel, as with every {@code SocketChannel}. The interrupt flag stays set.
 *   <li>A name lookup can neither be closed nor interrupted. It runs on its own thread ({@link
 *       io.httpipe.internal.connect.DnsLookup}), which is abandoned when the time is over. That thread is virtual only
 *       if the caller's thread is, because the first virtual thread of a JVM takes longer to start than most lookups
 *       take.
 *   <li>Another thread can abort the opening of a connection ({@code CallTimeouts.abortOpening}). If the opening waits
 *       for a lookup, the lookup is abandoned. If it waits for a transport or a race, that is closed.
 * </ul>
 *
 * <h2>Racing addresses</h2>
 *
 * <p>If a host has several addresses, {@link io.httpipe.internal.connect.AddressRace} connects to the first one that
 * answers (RFC 8305). {@link io.httpipe.internal.connect.AddressOrder} sorts them, and {@link
 * io.httpipe.internal.connect.AddressHistory} remembers for ten minutes which of them answered.
 *
 * <ul>
 *   <li>The calling thread makes the attempts, one after the other. An attempt at a loopback address does not block at
 *       first, because it is usually over at once. A race in which each attempt is over at once in this way needs no
 *       timer, no other thread and no selector.
 *   <li>The timer of the race has two tasks. Whenever an attempt takes longer than the attempt delay, it starts a
 *       helper thread, which continues with the next addresses. When the time of the race is over, it ends the race.
 *       The timers of the transports have no limit during the race.
 *   <li>One compare-and-set ends the race. It sets the result: a winner, the failure of all attempts, the end of the
 *       time, an abort, or an {@code Error} of a helper. The thread whose compare-and-set succeeds closes all other
 *       channels, which ends the attempts of the other threads.
 *   <li>If the calling thread has no address left to try, it parks until the race has ended or no helper is left.
 *   <li>An attempt that gets no file descriptor ends the work of its thread. If other attempts are under way, the race
 *       goes on: the address is tried again when another attempt has failed, or after the attempt delay. Otherwise the
 *       race ends with a {@code NoDescriptorException}.
 *   <li>A channel factory is code of the user, which may take long. A race with a factory therefore starts its timer
 *       before the first attempt.
 * </ul>
 *
 * <h2>Waiting together</h2>
 *
 * <p>When a virtual thread blocks in a read, the JDK registers its socket again and parks the thread. Later, a thread
 * outside the scheduler of virtual threads wakes the virtual thread. The virtual thread then runs only after all others
 * that are ready already. {@link io.httpipe.internal.connect.SharedPoller} avoids this cost. It keeps sockets
 * registered with one selector for the JVM. One poll finds all sockets that have bytes, and wakes their threads in the
 * order in which the kernel lists them.
 *
 * <ul>
 *   <li>A thread that the previous poll also woke is woken last, because the kernel lists the sockets of the previous
 *       poll first. Without this rule, a call whose answer arrived just after a poll would fall behind again and again.
 *   <li>Two threads take turns at polling, a virtual one and a platform one. The virtual thread polls as long as it
 *       finds ready sockets, so that the scheduler runs it in turn with the threads that it wakes. If it finds none,
 *       the platform thread polls, because that one may block. Switching turns costs more than a poll. Each successful
 *       poll therefore allows the virtual thread one more empty poll, up to a limit.
 *   <li>{@link io.httpipe.internal.connect.WaitStrategy}, one for each route, learns whether waiting together pays.
 *       Calls begin to wait together when yields have paid and at least four calls have a connection. They stop when
 *       too many polls had to block, as with a slow server, because a blocking poll is expensive. The strategy affects
 *       only speed: each call completes without it too.
 *   <li>A channel is registered at its first read that waits together. It stays registered while it is non-blocking,
 *       also when idle. An operation that has to block (a long write, an upload, a patient read) deregisters the
 *       channel first, and waits until the selector has removed it. If a registered channel were closed while a thread
 *       blocks in it, the selector would have to wait for that thread.
 *   <li>A socket may become readable while no thread waits for it: the consumer is slow, or the server closes an idle
 *       connection. The poller sees such a socket in four polls, and then ignores it until a thread waits for it.
 *   <li>Deadlines, {@code limitRead} and {@code close} work as usual: the channel is closed, and its waiting thread is
 *       unparked. An interrupt ends the park, and the thread closes the channel itself.
 *   <li>On JDK 21, threads that wait inside {@code synchronized} can hold all carriers, so that the virtual poller gets
 *       none. The platform poller then takes over, and for a minute no call begins to wait together.
 *   <li>If a poll fails, the poller stops. Waiting threads continue to wait alone, and the next channel to be
 *       registered starts another poller.
 *   <li>When there has been no registered channel for two seconds, the poller ends, with its threads and its selector.
 *       If a channel is registered at the same time, either the poller sees it and continues, or the channel is
 *       registered with another poller.
 * </ul>
 *
 * <h2>Buffers</h2>
 *
 * <p>{@link io.httpipe.internal.connect.BufferPool} lends heap buffers of 1, 17, 64 and 256 KiB. {@link
 * io.httpipe.internal.connect.ReadBuffer} takes one when it is about to read, and gives it back as soon as no unread
 * byte is left in it. A call that waits for the first byte of an answer therefore holds a small buffer, and an idle
 * connection holds none.
 *
 * <ul>
 *   <li>A call that waits together with others takes its buffer only when it has been woken ({@code awaitReadable}).
 *       The woken calls then use the same buffer one after the other, while it is still in the processor's caches.
 *   <li>Code that gives a buffer back must no longer use it. A buffer that is not given back is no leak: it becomes
 *       garbage.
 *   <li>Long reads go straight into the caller's array. One read takes up to 256 KiB on a virtual thread, and up to 64
 *       KiB on a platform thread. At each read the kernel tells the server how much buffer space is free, so that the
 *       server may send more. Few long reads therefore cost less than many short ones.
 *   <li>{@code ReadBuffer} can read ahead: it takes what has arrived, up to 64 KiB, in one read. The next reads are
 *       served from that buffer. {@code ReadBuffer} reads ahead if the read before filled its array, the present array
 *       is shorter than 64 KiB, and at least 64 KiB more are announced. With TLS, or during an upload, it does not read
 *       ahead. No thread waits while it holds the large buffer.
 * </ul>
 *
 * <p>A body that the caller wants as a whole is collected in the arrays of {@link
 * io.httpipe.internal.connect.GrowingBuffer}. The first arrays are lent. An array is replaced by a larger one only when
 * it is full. At the end, the body is in an array of exactly its length. Beyond the first array, a call therefore holds
 * at most a small multiple of the bytes that the server has sent, whatever length the server has announced.
 */
package io.httpipe.internal.connect;
