package stablediffusion.server.queue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import stablediffusion.GenerationListener;
import stablediffusion.GenerationRequest;
import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.UserException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Queues jobs for painters that note what they are asked for and wait for a permit, so that every order is the test's. */
@Timeout(60)
class EngineQueueTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<String> log = new CopyOnWriteArrayList<>();
    private final Semaphore began = new Semaphore(0);
    private final Semaphore permits = new Semaphore(0);
    private EngineQueue queue = queue(1, 100);

    private EngineQueue queue(int engines, int maxWaiting) {
        return queue(engines, maxWaiting, 1);
    }

    private EngineQueue queue(int engines, int maxWaiting, int together) {
        return new EngineQueue(Collections.nCopies(engines, FakePainter::new), "a", maxWaiting, together, QueueObserver.NONE);
    }

    @AfterEach
    void close() {
        permits.release(1000);
        queue.close();
    }

    private final class FakePainter implements Painter {
        private final String model;

        FakePainter(String model) {
            this.model = model;
            if (model.equals("broken")) {
                throw new UserException("broken");
            }
            log.add("open " + model);
        }

        @Override
        public GenerationRequest prepare(GenerationRequest request) {
            return request;
        }

        @Override
        public void warmUp(java.util.function.BooleanSupplier cancelled) {}

        @Override
        public Object batchKey(GenerationRequest prepared) {
            return prepared.steps();
        }

        @Override
        public void paint(List<GenerationRequest> requests, GenerationListener listener) {
            String names = requests.stream().map(request -> request.prompt() + " " + request.seed()).collect(Collectors.joining(", "));
            log.add(names);
            began.release();
            while (!permits.tryAcquire()) {
                if (listener.cancelled()) {
                    log.add("cancelled " + requests.getFirst().prompt());
                    throw new CancellationException();
                }
                Thread.onSpinWait();
            }
            if (requests.stream().anyMatch(request -> request.prompt().equals("wrong"))) {
                throw new InvalidRequestException("wrong");
            }
        }

        @Override
        public String engine() {
            return "fake " + model;
        }

        @Override
        public void close() {
            log.add("close " + model);
        }
    }

    private Job submit(String client, String prompt, int count) {
        return submit(client, prompt, count, "a");
    }

    private Job submit(String client, String prompt, int count, String model) {
        return queue.submit(new JobRequest(client, model, request(prompt).build(), count));
    }

    /** Opens a queue that paints together, whose engine is at work on the job that is returned, so that others wait. */
    private Job busyQueue(int together) throws InterruptedException {
        queue.close();
        queue = queue(1, 100, together);
        Job begins = submit("zero", "begins", 1);
        began.acquire();
        return begins;
    }

    private static GenerationRequest.Builder request(String prompt) {
        return GenerationRequest.prompt(prompt).seed(1).size(64, 64);
    }

    private static Progress end(Job job) throws InterruptedException {
        Progress progress = job.progress();
        while (!progress.state().ended()) {
            progress = job.awaitChange(progress.version(), LONG);
        }
        return progress;
    }

    private void permitAll() {
        permits.release(1000);
    }

    private List<String> painted() {
        return log.stream().filter(line -> !line.startsWith("open") && !line.startsWith("close")).toList();
    }

    @Test
    void clientsTakeTurns() throws InterruptedException {
        Job many = submit("one", "many", 3);
        began.acquire();
        List<Job> others = new ArrayList<>(List.of(submit("one", "later", 1), submit("two", "few", 2), submit("three", "single", 1)));
        permitAll();
        others.add(many);
        for (Job job : others) {
            assertEquals(Progress.State.DONE, end(job).state());
        }
        assertEquals(List.of("many 1", "many 2", "few 1", "single 1", "many 3", "few 2", "later 1"), painted());
    }

    @Test
    void tellsThePositionOfThoseThatWait() throws InterruptedException {
        Job running = submit("one", "running", 1);
        began.acquire();
        Job first = submit("one", "first", 1);
        Job second = submit("one", "second", 1);
        Job other = submit("two", "other", 1);
        assertEquals(0, running.progress().position());
        assertEquals(1, first.progress().position());
        assertEquals(2, other.progress().position());
        assertEquals(3, second.progress().position());
        first.cancel();
        permits.release();
        end(running);
        began.acquire();
        assertEquals(Progress.State.RUNNING, second.progress().state());
        assertEquals(1, other.progress().position());
    }

    @Test
    void refusesWhenFullAndSaysWhenToAskAgain() throws InterruptedException {
        queue.close();
        queue = queue(1, 2);
        submit("one", "running", 1);
        began.acquire();
        submit("one", "waits", 1);
        Job last = submit("two", "waits too", 1);
        QueueFullException full = assertThrows(QueueFullException.class, () -> submit("three", "too many", 1));
        assertTrue(full.retryAfter().toSeconds() >= 1, full.retryAfter().toString());
        last.cancel();
        submit("three", "has room now", 1);
    }

    @Test
    void cancelsWhatRunsAndWhatWaits() throws InterruptedException {
        Job running = submit("one", "running", 5);
        began.acquire();
        Job waiting = submit("two", "waiting", 1);
        Job last = submit("three", "last", 1);
        waiting.cancel();
        running.cancel();
        permitAll();
        assertEquals(Progress.State.CANCELLED, end(running).state());
        assertEquals(Progress.State.CANCELLED, end(waiting).state());
        assertEquals(Progress.State.DONE, end(last).state());
        assertFalse(painted().contains("waiting 1"));
        assertFalse(painted().contains("running 2"));
    }

    @Test
    void anInterruptedJobEndsAndASkippedPictureIsLeftOut() throws InterruptedException {
        Job interrupted = submit("one", "interrupted", 2);
        began.acquire();
        interrupted.interrupt();
        assertEquals(Progress.State.DONE, end(interrupted).state());
        assertTrue(interrupted.interrupted());

        Job skipped = submit("one", "skipped", 2);
        began.acquire();
        skipped.skip();
        began.acquire();
        permitAll();
        assertEquals(Progress.State.DONE, end(skipped).state());
        assertEquals(List.of("interrupted 1", "cancelled interrupted", "skipped 1", "cancelled skipped", "skipped 2"), painted());
    }

    @Test
    void aFailureEndsItsJobOnly() throws InterruptedException {
        permitAll();
        Job wrong = submit("one", "wrong", 3);
        Job broken = submit("two", "unopened", 1, "broken");
        Job good = submit("three", "good", 1);
        assertEquals(Progress.State.FAILED, end(wrong).state());
        assertInstanceOf(InvalidRequestException.class, wrong.failure().orElseThrow());
        assertEquals(Progress.State.FAILED, end(broken).state());
        assertEquals(Progress.State.DONE, end(good).state());
    }

    @Test
    void modelsChangeInOrderAndNotForEveryTurn() throws InterruptedException {
        Job first = submit("one", "first", 1);
        began.acquire();
        List<Job> jobs = new ArrayList<>(List.of(first));
        for (int i = 0; i < 3; i++) {
            jobs.add(submit("two", "b" + i, 1, "b"));
            jobs.add(submit("three", "a" + i, 1));
        }
        // The same client's jobs keep their order, whatever their models.
        jobs.add(submit("three", "b after a", 1, "b"));
        jobs.add(submit("three", "a after b", 1));
        permitAll();
        for (Job job : jobs) {
            assertEquals(Progress.State.DONE, end(job).state());
        }
        queue.close();
        assertEquals(List.of("open a", "first 1", "a0 1", "a1 1", "a2 1", "close a", "open b", "b0 1", "b after a 1", "b1 1", "b2 1",
                "close b", "open a", "a after b 1", "close a"), log);
    }

    @Test
    void anotherModelIsNotPassedOverForEver() throws InterruptedException {
        submit("zero", "begins", 1);
        began.acquire();
        submit("one", "for b", 1, "b");
        Job many = submit("two", "many", 20);
        permitAll();
        end(many);
        int turn = painted().indexOf("for b 1");
        assertTrue(turn > 1 && turn <= 10, painted().toString());
    }

    @Test
    void enginesWorkAtTheSameTime() throws InterruptedException {
        queue.close();
        queue = queue(2, 10);
        Job job = submit("one", "both", 2);
        began.acquire(2);
        assertEquals(1, queue.running());
        permitAll();
        assertEquals(Progress.State.DONE, end(job).state());
    }

    @Test
    void whatCanBePaintedTogetherIsIfEnoughOfItWaits() throws InterruptedException {
        List<Job> jobs = new ArrayList<>(List.of(busyQueue(4)));
        jobs.add(submit("one", "many", 6));
        jobs.add(submit("two", "second", 1));
        jobs.add(queue.submit(new JobRequest("three", "a", request("other steps").steps(7).build(), 1)));
        jobs.add(submit("four", "fourth", 1));
        permitAll();
        for (Job job : jobs) {
            assertEquals(Progress.State.DONE, end(job).state());
        }
        // Clients whose pictures were painted together have had their turn; fewer than four are painted one by one.
        assertEquals(List.of("begins 1", "many 1, many 2, second 1, fourth 1", "other steps 1", "many 3, many 4, many 5, many 6"),
                painted());
    }

    @Test
    void picturesOfAnotherModelOrTooLargeOnesAreNotPaintedTogether() throws InterruptedException {
        Job begins = busyQueue(5);
        // Five of this size would be too many for one batch.
        Job large = queue.submit(new JobRequest("one", "a", request("large").size(2048, 2048).build(), 5));
        Job other = submit("two", "b", 5, "b");
        permitAll();
        for (Job job : List.of(begins, large, other)) {
            assertEquals(Progress.State.DONE, end(job).state());
        }
        assertTrue(painted().stream().noneMatch(line -> line.contains(",")), painted().toString());
    }

    @Test
    void aJobOfABatchIsCancelledAloneAndABatchWithAllItsJobs() throws InterruptedException {
        Job begins = busyQueue(2);
        Job one = submit("one", "one", 1);
        Job two = submit("two", "two", 1);
        Job three = submit("three", "three", 1);
        Job four = submit("four", "four", 1);
        permits.release();
        end(begins);
        began.acquire();
        one.cancel();
        assertEquals(Progress.State.CANCELLED, end(one).state());
        assertEquals(Progress.State.RUNNING, two.progress().state());
        permits.release();
        assertEquals(Progress.State.DONE, end(two).state());
        began.acquire();
        three.interrupt();
        four.cancel();
        Job last = submit("five", "last", 1);
        began.acquire();
        permitAll();
        end(last);
        assertEquals(List.of("begins 1", "one 1, two 1", "three 1, four 1", "cancelled three", "last 1"), painted());
    }

    @Test
    void aFailureOfABatchEndsTheJobThatFailsAlone() throws InterruptedException {
        Job begins = busyQueue(2);
        Job wrong = submit("one", "wrong", 1);
        Job good = submit("two", "good", 1);
        permitAll();
        end(begins);
        assertEquals(Progress.State.FAILED, end(wrong).state());
        assertEquals(Progress.State.DONE, end(good).state());
        assertEquals(List.of("begins 1", "wrong 1, good 1", "wrong 1", "good 1"), painted());
    }

    @Test
    void stoppingFinishesWhatHasBegun() throws InterruptedException {
        Job begun = submit("one", "begun", 2);
        began.acquire();
        Job waiting = submit("two", "waiting", 1);
        Thread stop = Thread.ofVirtual().start(() -> queue.stop(LONG));
        assertEquals(Progress.State.FAILED, end(waiting).state());
        assertInstanceOf(QueueFullException.class, waiting.failure().orElseThrow());
        assertThrows(QueueFullException.class, () -> submit("three", "late", 1));
        permitAll();
        assertEquals(Progress.State.DONE, end(begun).state());
        stop.join();
        assertEquals(List.of("open a", "begun 1", "begun 2", "close a"), log);
    }

    @Test
    void stoppingCancelsWhatTakesTooLong() throws InterruptedException {
        Job endless = submit("one", "endless", 1);
        began.acquire();
        queue.stop(Duration.ofMillis(50));
        assertEquals(Progress.State.CANCELLED, end(endless).state());
        assertEquals("close a", log.getLast());
    }
}
