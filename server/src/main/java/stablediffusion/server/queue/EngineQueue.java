package stablediffusion.server.queue;

import stablediffusion.GenerationListener;
import stablediffusion.GenerationRequest;
import stablediffusion.model.UserException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;

/**
 * Paints the pictures of many clients on one or more engines. Each engine has a thread and one model at a time. Jobs wait in a queue that has a
 * limit; clients take turns, picture by picture. Safe for several threads.
 */
public final class EngineQueue implements AutoCloseable {
    private static final Duration LONGEST_RETRY = Duration.ofMinutes(10);
    /** Share of the last picture in the mean time of a picture. */
    private static final double SMOOTHING = 0.2;

    private final int maxWaiting;
    private final int together;
    private final QueueObserver observer;
    private final Object lock = new Object();
    private final Rotation rotation = new Rotation();
    private final Set<Job> running = new LinkedHashSet<>();
    private final List<Worker> workers = new ArrayList<>();
    private boolean stopping;
    private double secondsPerPicture = 1;

    /**
     * Opens a model on all engines.
     *
     * @param engines one factory for each engine
     * @param model that is opened first
     * @param maxWaiting number of jobs that may wait
     * @param together number of pictures that an engine paints together where so many wait that can be
     * @throws UserException if the model cannot be opened on an engine
     */
    public EngineQueue(List<Painter.Factory> engines, String model, int maxWaiting, int together, QueueObserver observer) {
        this.maxWaiting = maxWaiting;
        this.together = together;
        this.observer = observer;
        try {
            for (Painter.Factory engine : engines) {
                workers.add(new Worker(engine, workers.size(), model));
            }
        } catch (RuntimeException | Error failure) {
            workers.forEach(Worker::closePainter);
            throw failure;
        }
        workers.forEach(Worker::start);
    }

    /**
     * Checks a request, and fills in what it leaves to its model, if an engine has that model; else returns it as it is, and it is checked when
     * its turn comes.
     *
     * @throws UserException if the model cannot do it
     */
    public GenerationRequest prepare(String model, GenerationRequest request) {
        return painter(model).map(painter -> painter.prepare(request)).orElse(request);
    }

    /**
     * Queues a job.
     *
     * @throws QueueFullException if as many wait as may, or the queue is stopping
     */
    public Job submit(JobRequest request) {
        Job job = new Job(request, together == 1 ? Optional.empty() : batchKey(request), observer);
        synchronized (lock) {
            if (stopping) {
                throw new QueueFullException("the server is about to stop", Duration.ofSeconds(10));
            }
            List<Job> waiting = rotation.jobs().stream().filter(other -> !running.contains(other)).toList();
            if (waiting.size() >= maxWaiting) {
                throw new QueueFullException("the queue is full, " + waiting.size() + " requests wait", retryAfter(waiting));
            }
            rotation.add(job);
            publishPositions();
            lock.notifyAll();
        }
        return job;
    }

    /** Returns the key of a request that an engine's model knows, unless its pictures are too large to be painted together. */
    private Optional<Object> batchKey(JobRequest job) {
        return painter(job.model()).filter(_ -> job.first().fitTogether(together)).map(painter -> painter.batchKey(job.first()));
    }

    private Optional<Painter> painter(String model) {
        return workers.stream().flatMap(worker -> worker.painter(model).stream()).findFirst();
    }

    private Duration retryAfter(List<Job> waiting) {
        int pictures = waiting.stream().mapToInt(Job::untaken).sum();
        // Half of it: one place is enough.
        double seconds = Math.ceil(secondsPerPicture * pictures / workers.size() / 2);
        return Duration.ofSeconds((long) Math.clamp(seconds, 1, (double) LONGEST_RETRY.toSeconds()));
    }

    /** Returns the jobs of a client that are being painted, then those that wait. */
    public List<Job> jobs(String client) {
        synchronized (lock) {
            Set<Job> jobs = new LinkedHashSet<>(running);
            jobs.addAll(rotation.jobs());
            return jobs.stream().filter(job -> job.request().client().equals(client) && !job.ended()).toList();
        }
    }

    /** Returns the number of jobs that wait. */
    public int waiting() {
        synchronized (lock) {
            return (int) rotation.jobs().stream().filter(job -> !running.contains(job)).count();
        }
    }

    /** Returns the number of jobs that are being painted. */
    public int running() {
        synchronized (lock) {
            running.removeIf(Job::over);
            return running.size();
        }
    }

    /** Describes the engines, for people. */
    public List<String> engines() {
        return workers.stream().map(Worker::description).toList();
    }

    /** Returns whether an engine is warm, and jobs are accepted. They are accepted and wait before that, too. */
    public boolean ready() {
        synchronized (lock) {
            return !stopping && workers.stream().anyMatch(worker -> worker.warm);
        }
    }

    private boolean stopping() {
        synchronized (lock) {
            return stopping;
        }
    }

    /**
     * Accepts no more jobs, fails those that wait, and waits for those that have begun.
     *
     * @param limit after which they are cancelled
     */
    public void stop(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (lock) {
            stopping = true;
            for (Job job : rotation.jobs()) {
                if (!running.contains(job)) {
                    job.fail(new QueueFullException("the server is about to stop", Duration.ofSeconds(10)));
                }
            }
            lock.notifyAll();
        }
        workers.forEach(worker -> worker.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime()))));
        synchronized (lock) {
            running.forEach(Job::cancel);
        }
        workers.forEach(Worker::join);
    }

    /** Stops at once. */
    @Override
    public void close() {
        stop(Duration.ZERO);
    }

    private void publishPositions() {
        running.removeIf(Job::over);
        int position = 1;
        for (Job job : rotation.order()) {
            if (!running.contains(job)) {
                job.setPosition(position++);
            }
        }
    }

    /** Waits for the next pictures; empty when there will be no more. */
    private List<Unit> take(Optional<String> loaded) throws InterruptedException {
        synchronized (lock) {
            while (true) {
                List<Unit> units = rotation.next(loaded, together);
                if (!units.isEmpty()) {
                    units.forEach(unit -> running.add(unit.job()));
                    publishPositions();
                    return units;
                }
                if (stopping) {
                    return List.of();
                }
                lock.wait();
            }
        }
    }

    private void release(List<Unit> units, Duration took) {
        units.forEach(unit -> unit.job().release(unit));
        int pictures = units.stream().mapToInt(Unit::count).sum();
        synchronized (lock) {
            secondsPerPicture += SMOOTHING * (took.toNanos() / 1e9 / pictures - secondsPerPicture);
            publishPositions();
        }
    }

    /** Paints on one engine, in a thread of its own. */
    private final class Worker {
        private final Painter.Factory factory;
        private final Thread thread;
        private volatile Optional<Painter> painter;
        private volatile String model;
        private volatile boolean warm;

        Worker(Painter.Factory factory, int number, String model) {
            this.factory = factory;
            this.model = model;
            this.painter = Optional.of(factory.open(model));
            this.thread = Thread.ofPlatform().name("engine-" + number).daemon().unstarted(this::run);
        }

        void start() {
            thread.start();
        }

        String description() {
            return painter.map(Painter::engine).orElse("none");
        }

        Optional<Painter> painter(String wanted) {
            return wanted.equals(model) ? painter : Optional.empty();
        }

        private void run() {
            try {
                warmUp();
                List<Unit> units = take(Optional.of(model));
                while (!units.isEmpty()) {
                    paint(units);
                    units = take(Optional.of(model));
                }
            } catch (InterruptedException stop) {
                Thread.currentThread().interrupt();
            } finally {
                closePainter();
            }
        }

        private void warmUp() {
            try {
                painter.orElseThrow().warmUp(EngineQueue.this::stopping);
            } catch (CancellationException | UserException | OutOfMemoryError notNow) {
                // The first picture that fails tells its client why.
            }
            warm = true;
        }

        /** Paints pictures of one model together. */
        private void paint(List<Unit> units) {
            long start = System.nanoTime();
            units.forEach(unit -> unit.waited().ifPresent(observer::began));
            List<Job.Listener> listeners = units.stream().map(unit -> unit.job().new Listener(unit, units.size())).toList();
            Optional<RuntimeException> failure = attempt(() -> open(units.getFirst().job().request().model()));
            failure.ifPresent(why -> listeners.forEach(listener -> listener.fail(why)));
            if (failure.isEmpty()) {
                paintTogether(listeners);
            }
            release(units, Duration.ofNanos(System.nanoTime() - start));
        }

        private void paintTogether(List<Job.Listener> listeners) {
            List<GenerationRequest> requests = listeners.stream().flatMap(listener -> listener.unfinished().stream()).toList();
            Optional<RuntimeException> failure = paint(requests, BatchListener.of(listeners));
            if (requests.size() == 1) {
                failure.ifPresent(listeners.getFirst()::fail);
            } else if (failure.isPresent()) {
                listeners.forEach(this::paintOneByOne);
            }
        }

        /** Paints pictures that failed together, so that a failure ends its own job only. */
        private void paintOneByOne(Job.Listener listener) {
            for (GenerationRequest request : listener.unfinished()) {
                paint(List.of(request), listener).ifPresent(listener::fail);
            }
        }

        private Optional<RuntimeException> paint(List<GenerationRequest> requests, GenerationListener listener) {
            return attempt(() -> {
                if (!listener.cancelled()) {
                    painter.orElseThrow().paint(requests, listener);
                }
            });
        }

        /** Returns why something failed, if it did and was not cancelled. */
        private static Optional<RuntimeException> attempt(Runnable work) {
            try {
                work.run();
                return Optional.empty();
            } catch (CancellationException cancelled) {
                // The jobs were told already.
                return Optional.empty();
            } catch (RuntimeException failure) {
                return Optional.of(failure);
            } catch (OutOfMemoryError | StackOverflowError tooLarge) {
                return Optional.of(new UserException("there is too little memory for this: ask for a smaller picture", tooLarge));
            }
        }

        private void open(String wanted) {
            if (!wanted.equals(model) || painter.isEmpty()) {
                closePainter();
                model = wanted;
                painter = Optional.of(factory.open(wanted));
            }
        }

        private void closePainter() {
            Optional<Painter> old = painter;
            painter = Optional.empty();
            old.ifPresent(Painter::close);
        }

        void join(Duration most) {
            try {
                thread.join(most);
            } catch (InterruptedException interrupt) {
                Thread.currentThread().interrupt();
            }
        }

        void join() {
            join(Duration.ofDays(1));
        }
    }
}
