package stablediffusion.server.queue;

import stablediffusion.GeneratedImage;
import stablediffusion.GenerationListener;
import stablediffusion.GenerationRequest;
import stablediffusion.model.pipeline.Phase;
import stablediffusion.server.queue.Progress.State;

import java.awt.image.BufferedImage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** Holds the pictures that one request asks for, from the time it is queued to its end. Safe for several threads. */
public final class Job {
    /** A preview is decoded when the time since the last one is this many times what the last one took: a fifth of the time at most,
     * of all units together that share it. */
    private static final long PREVIEW_PAUSE = 4;

    private final String id = UUID.randomUUID().toString();
    private final JobRequest request;
    private final Optional<Object> key;
    private final QueueObserver observer;
    private final long queued = System.nanoTime();
    private final Map<Integer, GeneratedImage> images = new HashMap<>();
    private final Map<Integer, Double> unfinished = new HashMap<>();
    private final Set<String> notes = new LinkedHashSet<>();

    private long version;
    private State state = State.WAITING;
    private int position;
    private int taken;
    private int skipped;
    private int runningUnits;
    private Optional<Phase> phase = Optional.empty();
    private int step;
    private int steps;
    private long began;
    private long ended;
    private Optional<Preview> preview = Optional.empty();
    private Optional<RuntimeException> failure = Optional.empty();
    private boolean interrupted;
    private int skips;
    private volatile boolean previewsWanted;
    private long previewEnded;
    private long previewTook;

    /**
     * @param key of jobs that it may be painted together with; empty: its pictures are painted one by one
     * @param observer is told of pictures and of the end; called while the job is locked
     */
    Job(JobRequest request, Optional<Object> key, QueueObserver observer) {
        this.request = request;
        this.key = key;
        this.observer = observer;
    }

    /** Returns a name that no other job has, and that nobody can guess. */
    public String id() {
        return id;
    }

    public JobRequest request() {
        return request;
    }

    /** Returns whether pictures of this job and of another one may be painted together. */
    boolean joins(Job other) {
        return key.isPresent() && key.equals(other.key) && request.model().equals(other.request.model());
    }

    /** Asks for previews from now on. */
    public void wantPreviews() {
        previewsWanted = true;
    }

    /** Ends the job without a result, unless it has ended. */
    public void cancel() {
        end(State.CANCELLED, Optional.empty());
    }

    /** Ends the job with the pictures that are finished, unless it has ended. */
    public synchronized void interrupt() {
        interrupted = true;
        end(State.DONE, Optional.empty());
    }

    /** Leaves out the pictures that are being painted; the job goes on with the next. */
    public synchronized void skip() {
        if (state == State.RUNNING) {
            skips++;
        }
    }

    /** Returns whether {@link #interrupt} ended the job. */
    public synchronized boolean interrupted() {
        return interrupted;
    }

    public synchronized Progress progress() {
        double done = images.size() + skipped + unfinished.values().stream().mapToDouble(Double::doubleValue).sum();
        long now = state.ended() ? ended : System.nanoTime();
        return new Progress(version, state, position, images.size(), request.count(), phase, step, steps,
                Math.min(1, done / request.count()), began == 0 ? Duration.ZERO : Duration.ofNanos(now - began), preview);
    }

    /**
     * Waits until the progress differs from that of a version, or the time is over.
     *
     * @return the progress then
     * @throws InterruptedException if the thread is interrupted while it waits
     */
    public synchronized Progress awaitChange(long seen, Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        for (long left = most.toNanos(); version == seen && left > 0; left = deadline - System.nanoTime()) {
            wait(Math.max(1, left / 1_000_000));
        }
        return progress();
    }

    /** Returns the finished pictures in the order of their seeds. */
    public synchronized List<GeneratedImage> images() {
        return images.entrySet().stream().sorted(Map.Entry.comparingByKey()).map(Map.Entry::getValue).toList();
    }

    /** Returns what the client should know although it is not an error. */
    public synchronized List<String> notes() {
        return new ArrayList<>(notes);
    }

    /** Returns why the job failed, if it did. */
    public synchronized Optional<RuntimeException> failure() {
        return failure;
    }

    /** Returns whether the job has ended and no engine works on it. */
    synchronized boolean over() {
        return state.ended() && runningUnits == 0;
    }

    synchronized boolean ended() {
        return state.ended();
    }

    /** Returns how many pictures no engine has taken yet; 0 if the job has ended. */
    synchronized int untaken() {
        return state.ended() ? 0 : request.count() - taken;
    }

    synchronized void setPosition(int value) {
        if (position != value) {
            position = value;
            changed();
        }
    }

    /**
     * Gives the next pictures to an engine.
     *
     * @param most number of pictures
     * @return empty if there are none, or the job has ended
     */
    synchronized Optional<Unit> take(int most) {
        int count = Math.min(most, untaken());
        if (count == 0) {
            return Optional.empty();
        }
        Unit unit = new Unit(this, taken, count, state == State.WAITING ? Optional.of(begin()) : Optional.empty());
        taken += count;
        runningUnits++;
        return Optional.of(unit);
    }

    private Duration begin() {
        state = State.RUNNING;
        position = 0;
        began = System.nanoTime();
        changed();
        return Duration.ofNanos(began - queued);
    }

    /** Notes that an engine is done with pictures, be they finished or not. */
    synchronized void release(Unit unit) {
        runningUnits--;
        for (int i = 0; i < unit.count(); i++) {
            if (!images.containsKey(unit.offset() + i)) {
                skipped++;
            }
            unfinished.remove(unit.offset() + i);
        }
        if (taken == request.count() && runningUnits == 0) {
            end(State.DONE, Optional.empty());
        }
        changed();
    }

    void fail(RuntimeException why) {
        end(State.FAILED, Optional.of(why));
    }

    private synchronized void end(State last, Optional<RuntimeException> why) {
        if (!state.ended()) {
            state = last;
            failure = why;
            ended = System.nanoTime();
            position = 0;
            phase = Optional.empty();
            observer.ended(last);
            changed();
        }
    }

    private void changed() {
        version++;
        notifyAll();
    }

    /** Follows a unit of this job. */
    final class Listener implements GenerationListener {
        private final Unit unit;
        private final int sharing;
        private final int skipsBefore;
        private int next;

        /** @param sharing number of units that are painted together */
        Listener(Unit unit, int sharing) {
            this.unit = unit;
            this.sharing = sharing;
            synchronized (Job.this) {
                this.skipsBefore = skips;
            }
        }

        /** Returns the requests of the pictures that are not finished. */
        List<GenerationRequest> unfinished() {
            return unit.requests(next);
        }

        /** Ends the job without a result, unless the pictures were skipped or it has ended. */
        void fail(RuntimeException why) {
            if (!cancelled()) {
                Job.this.fail(why);
            }
        }

        @Override
        public void phase(Phase began) {
            synchronized (Job.this) {
                phase = Optional.of(began);
                if (began == Phase.DENOISE) {
                    step = 0;
                }
                changed();
            }
        }

        @Override
        public void note(String message) {
            synchronized (Job.this) {
                notes.add(message);
            }
        }

        @Override
        public void step(Step taken) {
            Optional<Decoded> decoded = previewIsDue(taken) ? Optional.of(decode(taken)) : Optional.empty();
            synchronized (Job.this) {
                step = taken.number();
                steps = taken.count();
                for (int i = next; i < unit.count(); i++) {
                    // The decoding is counted as a step.
                    unfinished.put(unit.offset() + i, taken.number() / (taken.count() + 1.0));
                }
                decoded.ifPresent(this::keep);
                changed();
            }
        }

        private boolean previewIsDue(Step taken) {
            return previewsWanted && taken.number() < taken.count() && !cancelled()
                    && System.nanoTime() - previewEnded >= PREVIEW_PAUSE * sharing * previewTook;
        }

        private Decoded decode(Step taken) {
            long start = System.nanoTime();
            var image = taken.preview();
            return new Decoded(image, start, System.nanoTime());
        }

        private void keep(Decoded decoded) {
            previewTook = decoded.end() - decoded.start();
            previewEnded = decoded.end();
            preview = Optional.of(new Preview(preview.map(Preview::number).orElse(0) + 1, unit.offset(), decoded.image()));
        }

        /** Keeps a picture; one that is no longer wanted was finished because others of its batch are. */
        @Override
        public void finished(GeneratedImage image) {
            int index = unit.offset() + next++;
            if (cancelled()) {
                return;
            }
            observer.finished(image);
            synchronized (Job.this) {
                images.put(index, image);
                unfinished.remove(index);
                changed();
            }
        }

        @Override
        public boolean cancelled() {
            synchronized (Job.this) {
                return state.ended() || skips != skipsBefore;
            }
        }
    }

    private record Decoded(BufferedImage image, long start, long end) {}
}
