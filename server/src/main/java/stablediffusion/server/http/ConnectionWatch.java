package stablediffusion.server.http;

import io.helidon.common.buffers.DataReader;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionListener;

import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Notices that a client goes away while its request is worked on, and ends connections whose client does not read. A request is answered on the
 * thread of its connection, which Helidon reports here first.
 */
final class ConnectionWatch implements Http1ConnectionListener, AutoCloseable {
    private static final Duration SWEEP = Duration.ofSeconds(1);

    /** Of this server alone: a static one would be shared by all. */
    @SuppressWarnings("ThreadLocalUsage")
    private final ThreadLocal<ConnectionContext> current = new ThreadLocal<>();
    private final Map<ConnectionContext, Long> writing = new ConcurrentHashMap<>();
    private final Duration longestWrite;
    private final Thread sweeper = Thread.ofVirtual().name("slow-readers").unstarted(this::sweep);

    /** @param longestWrite after which a client that does not read an answer is cut off */
    ConnectionWatch(Duration longestWrite) {
        this.longestWrite = longestWrite;
        sweeper.start();
    }

    @Override
    public void prologue(ConnectionContext connection, HttpPrologue prologue) {
        current.set(connection);
    }

    /** Ends a watch. */
    interface Watching extends AutoCloseable {
        @Override
        void close();
    }

    /**
     * Runs an action if the client of this thread's connection goes away before the returned object is closed. What the client sends meanwhile is
     * swallowed, so the connection has to be closed after the answer. To be called when the request has been read.
     */
    Watching whenGone(Runnable action) {
        DataReader reader = connection().dataReader();
        Watcher watcher = new Watcher(reader, action);
        Thread.ofVirtual().name("watch").start(watcher);
        return watcher;
    }

    private ConnectionContext connection() {
        return Optional.ofNullable(current.get()).orElseThrow(() -> new IllegalStateException("not on the thread of a connection"));
    }

    private static final class Watcher implements Runnable, Watching {
        private final DataReader reader;
        private final Runnable action;
        private volatile boolean closed;

        Watcher(DataReader reader, Runnable action) {
            this.reader = reader;
            this.action = action;
        }

        @Override
        public void run() {
            while (!closed) {
                try {
                    reader.ensureAvailable();
                    // The client has sent something, so it is there.
                    return;
                } catch (RuntimeException end) {
                    if (!isTimeout(end)) {
                        if (!closed) {
                            action.run();
                        }
                        return;
                    }
                }
            }
        }

        private static boolean isTimeout(Throwable failure) {
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                if (cause instanceof SocketTimeoutException) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** Cuts the client of this thread's connection off if what is written until the returned object is closed takes too long. */
    Watching writing() {
        ConnectionContext connection = connection();
        writing.put(connection, System.nanoTime() + longestWrite.toNanos());
        return () -> writing.remove(connection);
    }

    private void sweep() {
        try {
            while (true) {
                Thread.sleep(SWEEP);
                writing.forEach((connection, deadline) -> {
                    if (System.nanoTime() - deadline > 0 && writing.remove(connection, deadline)) {
                        cutOff(connection);
                    }
                });
            }
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private static void cutOff(ConnectionContext connection) {
        try {
            connection.serverSocket().close();
        } catch (RuntimeException alreadyClosed) {
            // That is what was wanted.
        }
    }

    @Override
    public void close() {
        sweeper.interrupt();
    }
}
