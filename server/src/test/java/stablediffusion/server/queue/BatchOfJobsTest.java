package stablediffusion.server.queue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import stablediffusion.GeneratedImage;
import stablediffusion.GenerationListener;
import stablediffusion.GenerationRequest;
import stablediffusion.StableDiffusion;
import stablediffusion.server.TestServer;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Has pictures of several clients painted together by the bundled model, and compares them with the library's alone. */
@Timeout(120)
class BatchOfJobsTest {
    private static final int TOGETHER = 3;
    private static StableDiffusion library;

    private final Semaphore gate = new Semaphore(0);
    private final List<Integer> sizes = new CopyOnWriteArrayList<>();
    private EngineQueue queue;

    @BeforeAll
    static void openLibrary() {
        library = TestServer.open();
    }

    @AfterAll
    static void closeLibrary() {
        library.close();
    }

    @BeforeEach
    void open() {
        queue = new EngineQueue(List.of(_ -> new GatedPainter(new ModelPainter(library))), TestServer.MODEL, 100, TOGETHER,
                QueueObserver.NONE);
    }

    @AfterEach
    void close() {
        gate.release(100);
        queue.close();
    }

    /** Begins when the test lets it, so that jobs wait together. */
    private final class GatedPainter implements Painter {
        private final ModelPainter painter;

        GatedPainter(ModelPainter painter) {
            this.painter = painter;
        }

        @Override
        public GenerationRequest prepare(GenerationRequest request) {
            return painter.prepare(request);
        }

        @Override
        public Object batchKey(GenerationRequest prepared) {
            return painter.batchKey(prepared);
        }

        @Override
        public void warmUp(BooleanSupplier cancelled) {
            gate.acquireUninterruptibly();
        }

        @Override
        public void paint(List<GenerationRequest> requests, GenerationListener listener) {
            sizes.add(requests.size());
            painter.paint(requests, listener);
        }

        @Override
        public String engine() {
            return painter.engine();
        }

        @Override
        public void close() {
            // The library is that of all tests.
        }
    }

    private static GenerationRequest.Builder request(String prompt, long seed) {
        return GenerationRequest.prompt(prompt).seed(seed).size(64, 64).steps(4).sampler("euler_a");
    }

    private Job submit(String client, GenerationRequest.Builder request, int count) {
        return queue.submit(new JobRequest(client, TestServer.MODEL, queue.prepare(TestServer.MODEL, request.build()), count));
    }

    private static void awaitEnd(Job job) throws InterruptedException {
        Progress progress = job.progress();
        while (!progress.state().ended()) {
            progress = job.awaitChange(progress.version(), Duration.ofSeconds(30));
        }
        assertEquals(Progress.State.DONE, progress.state(), job.failure().toString());
        assertEquals(1, progress.fraction());
    }

    private static void assertPictures(List<GenerationRequest> expected, Job job) {
        assertEquals(expected.size(), job.images().size());
        for (int i = 0; i < expected.size(); i++) {
            GeneratedImage alone = library.generate(expected.get(i));
            assertArrayEquals(alone.toPng(), job.images().get(i).toPng(), "picture " + i);
        }
    }

    @Test
    void eachJobGetsItsOwnPicturesNotesAndPreviews() throws InterruptedException {
        Job circle = submit("one", request("a red circle", 7), 2);
        Job star = submit("two", request("a blue star AND more", 40).negativePrompt("green"), 1);
        star.wantPreviews();
        gate.release();
        awaitEnd(circle);
        awaitEnd(star);
        assertEquals(List.of(TOGETHER), sizes);
        assertEquals(List.of(), circle.notes());
        assertEquals(1, star.notes().size(), star.notes().toString());
        assertTrue(circle.progress().preview().isEmpty());
        assertTrue(star.progress().preview().isPresent());
        assertPictures(request("a red circle", 7).build().batch(2), circle);
        assertPictures(List.of(request("a blue star AND more", 40).negativePrompt("green").build()), star);
    }

    @Test
    void promptsOfOtherLengthAndOtherSettingsArePaintedAlone() throws InterruptedException {
        String twoChunks = "a red circle BREAK on blue";
        List<GenerationRequest.Builder> all = List.of(request("a red circle", 1), request(twoChunks, 2), request("a star", 3).steps(3),
                request("a star", 4).guidanceScale(3), request("a star", 5).clipSkip(2), request("a [star:square:0.5]", 6),
                request("a star", 7).literal(true), request("a star", 8).sampler("euler"));
        List<Job> jobs = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            jobs.add(submit("client " + i, all.get(i), 1));
        }
        gate.release();
        for (Job job : jobs) {
            awaitEnd(job);
        }
        assertTrue(sizes.stream().allMatch(size -> size == 1), sizes.toString());
    }

    @Test
    void anInterruptedJobOfABatchKeepsNothingOfIt() throws InterruptedException {
        Job goes = submit("one", request("a star", 1), 1);
        Job stays = submit("two", request("a square", 2), 2);
        goes.wantPreviews();
        gate.release();
        Progress progress = goes.progress();
        while (progress.step() == 0) {
            progress = goes.awaitChange(progress.version(), Duration.ofSeconds(30));
        }
        goes.interrupt();
        awaitEnd(stays);
        assertEquals(List.of(), goes.images());
        assertEquals(List.of(TOGETHER), sizes);
        assertPictures(request("a square", 2).build().batch(2), stays);
    }
}
