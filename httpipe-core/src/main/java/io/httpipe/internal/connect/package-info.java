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
 * <p>An {@link io.httpipe.internal.connect.OperationTimer} limits one operation after another. The thread that is about
 * to block arms the timer, and disarms it afterwards. {@link io.httpipe.internal.connect.TimerThread}, one daemon
 * platform thread for the whole JVM, fires the timer when its time has come.
 *
 * <ul>
 *   <li>Exactly one of disarming and firing wins. If firing wins, the channel is closed. The operation then throws
 *       {@link io.httpipe.internal.connect.ExpiredException} in place of the exception that the close causes.
 *   <li>A timer that has notified its owner stays fired, and its connection is lost. If the owner could not be
 *       notified, for example because memory ran out, the timer fires again.
 *   <li>A timer may be armed after its time is over. The operation may then disarm it before the timer thread has
 *       checked. A body may need many reads or writes, and each of them may find the socket ready. For bodies the
 *       deadline is therefore checked as well ({@code CallTimeouts.requireTime}). What has arrived in time may still be
 *       read.
 *   <li>An owner must not block when a timer notifies it, because all connections share the timer thread.
 *   <li>Code that creates a timer must cancel it.
 *   <li>A call that waits for its turn in the pool parks without a time limit, and its own timer wakes it. A timed park
 *       would set a timer of the JDK each time.
 *   <li>The timer thread ends when there has been no timer for two seconds. It therefore lives as long as a connection
 *       is open. The next timer to be added starts another thread. Code that arms a timer therefore normally finds a
 *       running thread.
 * </ul>
 *
 * <p>Not all operations block. A {@code SocketTransport} does what needs no wait with its channel in non-blocking mode:
 * the check of an idle connection, the write of a head, the read after a yield. No timer is armed for these. The first
 * operation that has to wait makes the channel blocking. {@code setDuplex} does the same before one thread reads while
 * another writes, because the mode is the same for both directions. The channel then stays in blocking mode: changing
 * the mode would wait for the write to end, and the server may finish reading that write only after we have read its
 * answer.
 *
 * <p>Some operations need more than a timer:
 *
 * <ul>
 *   <li>While the kernel transfers a file, another thread that wants to close the socket leaves the close to the
 *       transferring thread ({@link io.httpipe.internal.connect.TransferState}). On JDK 21 a transfer uses the number
 *       of the file descriptor, and another socket may get that number as soon as this one is closed.
 *   <li>A patient read gives up at its time and leaves the connection open, so that reading can go on. It uses {@code
 *       SO_TIMEOUT}, which costs more than a timer. Unix sockets do not have this option. On a Unix socket, a read that
 *       runs out of time closes the connection.
 *   <li>An interrupt closes the channel, as with every {@code SocketChannel}. The interrupt flag stays set.
 *   <li>A name lookup can neither be closed nor interrupted. It runs on its own thread ({@link
 *       io.httpipe.internal.connect.DnsLookup}), which is abandoned when the time is over. That thread is virtual only
 *       if the caller's thread is, because the first virtual thread of a JVM takes longer than most lookups.
 *   <li>Another thread can abort the opening of a connection ({@code CallTimeouts.abortOpening}). This closes the
 *       lookup or the transport that the opening waits for.
 * </ul>
 *
 * <h2>Racing addresses</h2>
 *
 * <p>If a host has several addresses, {@link io.httpipe.internal.connect.AddressRace} connects to the first one that
 * answers (RFC 8305). {@link io.httpipe.internal.connect.AddressOrder} sorts them, and {@link
 * io.httpipe.internal.connect.AddressHistory} remembers for ten minutes which of them answered.
 *
 * <ul>
 *   <li>The calling thread makes the attempts, one after the other. Its first attempt at an address of this machine
 *       does not block, because it is mostly over at once. A race that nothing delays therefore needs no timer, no
 *       other thread and no selector.
 *   <li>One timer belongs to the race. Its first task is to start a helper thread whenever an attempt takes longer than
 *       the attempt delay. The helper continues with the next addresses. The second task is to end the race when its
 *       time is over. The timers of the single transports have no limit meanwhile.
 *   <li>The end of a race is one compare-and-set: a winner, a failure of all, the end of the time, or an abort. The
 *       thread that succeeds with it closes all other channels, which ends the attempts of the other threads.
 *   <li>If the calling thread has no address left to try, it parks until the race has ended or no helper is left.
 *   <li>An attempt that gets no file descriptor ends the work of its thread, but not the race. Its address is tried
 *       again when another attempt has failed, or after the attempt delay.
 *   <li>A channel factory is code of the user. The race with a factory therefore has its timer from the start.
 * </ul>
 *
 * <h2>Waiting together</h2>
 *
 * <p>When a virtual thread blocks in a read, the JDK registers its socket anew and parks the thread. The thread is
 * later woken from outside the scheduler, behind all threads that are ready inside it. {@link
 * io.httpipe.internal.connect.SharedPoller} avoids this cost. It keeps sockets registered with one selector for the
 * JVM. One poll finds all sockets that have bytes, and wakes their threads in the order in which the kernel lists them.
 *
 * <ul>
 *   <li>A thread that the previous poll also woke comes last. The kernel lists such sockets first. Without this rule, a
 *       call whose answer had just missed a poll would fall behind again and again.
 *   <li>Two threads poll in turns. The virtual one polls as long as it finds ready sockets, so that it takes its turn
 *       among the threads that it wakes. Otherwise the platform one polls, because it may block. Switching turns costs
 *       more than a poll. Each successful poll therefore allows the virtual thread one more empty poll, up to a limit.
 *   <li>{@link io.httpipe.internal.connect.WaitStrategy}, one for each route, learns whether waiting together pays.
 *       Calls begin to wait together when yields have paid and at least four calls have a connection. They stop when
 *       too many polls had to block, as with a slow server, because a blocking poll is expensive. All of this affects
 *       only speed. A call does not need it in order to complete.
 *   <li>A channel is registered at its first read that waits together. It stays registered while it is non-blocking,
 *       also when idle. An operation that has to block (a long write, an upload, a patient read) deregisters the
 *       channel first, and waits until the selector has let go of it. If a registered channel were closed while a
 *       thread blocks in it, the selector would have to wait for that thread.
 *   <li>Some bytes arrive while no thread waits for them: the consumer is slow, or the server closes an idle
 *       connection. The poller sees them in four polls and then ignores the socket until a thread waits for it.
 *   <li>Deadlines, {@code limitRead} and {@code close} work as usual: the channel is closed and its waiting thread
 *       unparked. An interrupt ends the park, and the thread closes the channel itself.
 *   <li>On JDK 21, threads that wait inside {@code synchronized} can hold all carriers, and the virtual poller gets
 *       none. The platform poller then takes over, and for a minute no call begins to wait together.
 *   <li>If a poll fails, the poller stops. Threads that wait go on alone, and the next channel to be registered starts
 *       another poller.
 *   <li>When there has been no registered channel for two seconds, the poller ends, with its threads and its selector.
 *       If a channel is registered at that very moment, either the poller sees it and stays, or the channel registers
 *       with another poller.
 * </ul>
 *
 * <h2>Buffers</h2>
 *
 * <p>{@link io.httpipe.internal.connect.BufferPool} lends heap buffers of 1, 17, 64 and 256 KiB. {@link
 * io.httpipe.internal.connect.ReadBuffer} takes one when it is about to read, and gives it back as soon as no unread
 * byte is left in it. A waiting call therefore holds a small buffer, and an idle connection holds none.
 *
 * <ul>
 *   <li>A call that waits together with others takes its buffer only when it has been woken ({@code awaitReadable}).
 *       One buffer, still in the processor's caches, then serves all woken calls one after the other.
 *   <li>Code that gives a buffer back must forget it. A buffer that is not given back is no leak: it becomes garbage.
 *   <li>Long reads go straight into the caller's array, in a virtual thread up to 256 KiB at a time. At each read the
 *       kernel tells the server how much buffer space is free. Data that waits at the server may be sent at that point.
 *       Few long reads therefore cost less than many short ones.
 *   <li>If such a read filled its array and at least 64 KiB more are announced, {@code ReadBuffer} reads ahead: it
 *       takes what has arrived, up to 64 KiB, in one read. The next reads are served from that buffer. No thread waits
 *       while it holds the large buffer.
 * </ul>
 *
 * <p>A body that is wanted whole is collected in {@link io.httpipe.internal.connect.GrowingBuffer}: first in lent
 * arrays, each replaced by a larger one only when it is full, and at the end in an array of exactly the body's length.
 * The memory that a call holds is therefore at most a small multiple of what the server has sent, never what it only
 * announced.
 */
package io.httpipe.internal.connect;
