package stablediffusion.model.pipeline;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.engine.Tensor;
import stablediffusion.model.graph.Shape;
import stablediffusion.model.image.Mask;
import stablediffusion.model.image.Picture;
import stablediffusion.model.network.Configuration;
import stablediffusion.model.random.Rng;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.model.sampler.SamplerType;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.testing.MemoryWeights;
import stablediffusion.model.testing.SamplerCalls;
import stablediffusion.model.text.Tokenizer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Compares pictures that are made together with the same ones made one by one: they are equal to the bit, as the engine computes each item
 * of a batch for itself.
 */
class BatchTest {
    private static final int COUNT = 3;
    private static final int STEPS = 5;
    private static final int WIDTH = 24;
    private static final int HEIGHT = 16;
    private static final long SEED = 7;
    private static final Tokenizer TOKENIZER = new Tokenizer();

    private final ItemwiseEngine engine = new ItemwiseEngine();
    private final Pipeline pipeline = pipeline(engine);
    private final Pipeline alone = pipeline(new ItemwiseEngine());

    static List<String> samplers() {
        return Samplers.names();
    }

    @ParameterizedTest
    @MethodSource("samplers")
    void everySampler(String name) {
        SamplerType sampler = Samplers.find(name);
        compare(request -> request.sampler(sampler.create()));
        int calls = SamplerCalls.expected(sampler, sampler.create().noiseLevels(NoiseSchedule.stableDiffusion(), Schedule.DISCRETE, STEPS));
        // With guidance, each picture is twice in the UNet's batch.
        assertEquals(Collections.nCopies(calls, new Shape(2 * COUNT, HEIGHT / 8, WIDTH / 8, 4)), engine.runsOfUnet());
    }

    @ParameterizedTest
    @MethodSource("samplers")
    void inpaintingWithEverySampler(String name) {
        Source source = new Source(gradient(), 0.8, Optional.of(mask()));
        compare(request -> request.sampler(Samplers.find(name).create()).source(source));
    }

    @Test
    void imageToImage() {
        compare(request -> request.source(new Source(gradient(), 0.5, Optional.empty())));
    }

    @Test
    void withoutGuidance() {
        compare(request -> request.guidanceScale(1));
        assertEquals(COUNT, engine.runsOfUnet().getFirst().batch());
    }

    @Test
    void noiseOfAnotherGenerator() {
        compare(request -> request.sampler(Samplers.find("euler_a").create()).rng(Rng.CUDA));
    }

    @Test
    void promptsOfSeveralChunks() {
        compare(request -> request.negativePrompt("a blue sky BREAK the sea BREAK a cloud"));
    }

    /** Compares the previews of each step, too. */
    private void compare(UnaryOperator<Request.Builder> settings) {
        Observer together = new Observer();
        List<PipelineResult> results = pipeline.generate(request(settings, 0), COUNT, together);
        assertEquals(COUNT, results.size());
        assertEquals(IntStream.range(0, COUNT).boxed().toList(), together.finished);
        for (int i = 0; i < COUNT; i++) {
            Observer one = new Observer();
            PipelineResult expected = alone.generate(request(settings, i), one);
            assertArrayEquals(expected.latent().values(), results.get(i).latent().values(), "latent " + i);
            assertArrayEquals(expected.picture().rgb(), results.get(i).picture().rgb(), "picture " + i);
            assertEquals(one.previews.size(), together.previews.size());
            for (int step = 0; step < one.previews.size(); step++) {
                assertArrayEquals(one.previews.get(step).values(), together.previews.get(step).item(i).values(), "step " + step);
            }
        }
        assertTrue(results.getFirst().picture().psnr(results.getLast().picture()) < 60, "seeds give different pictures");
    }

    @Test
    void picturesThatAreFinishedAreDeliveredBeforeACancellation() {
        List<Integer> finished = new ArrayList<>();
        PipelineListener afterTwo = new PipelineListener() {
            @Override
            public void finished(int index, PipelineResult result) {
                finished.add(index);
            }

            @Override
            public boolean cancelled() {
                return finished.size() == 2;
            }
        };
        Request request = request(UnaryOperator.identity(), 0);
        assertThrows(CancellationException.class, () -> pipeline.generate(request, COUNT, afterTwo));
        assertEquals(List.of(0, 1), finished);
    }

    @Test
    void cancellingBetweenStepsDeliversNothing() {
        List<Integer> steps = new ArrayList<>();
        PipelineListener afterTwo = new PipelineListener() {
            @Override
            public void step(int step, int count, Tensor denoised) {
                steps.add(step);
            }

            @Override
            public void finished(int index, PipelineResult result) {
                throw new AssertionError("picture " + index);
            }

            @Override
            public boolean cancelled() {
                return steps.size() == 2;
            }
        };
        Request request = request(UnaryOperator.identity(), 0);
        assertThrows(CancellationException.class, () -> pipeline.generate(request, COUNT, afterTwo));
        assertEquals(List.of(1, 2), steps);
    }

    @Test
    void refusesWhatCannotBeABatch() {
        Request.requireBatch(512, 512, 64);
        UserException tooMany = assertThrows(UserException.class, () -> Request.requireBatch(512, 512, 65));
        assertEquals("cannot make 65 pictures of 512x512 together: at most 64", tooMany.getMessage());
        assertEquals(List.of(Remedy.MAKE_FEWER_TOGETHER), tooMany.remedies());
        Request request = request(UnaryOperator.identity(), 0);
        assertThrows(UserException.class, () -> pipeline.generate(request, 0, PipelineListener.NONE));
    }

    private static Pipeline pipeline(ItemwiseEngine engine) {
        return new Pipeline(Configuration.narrow(), new MemoryWeights(Map.of()), engine, TOKENIZER, MemoryUse.UNLIMITED, List.of());
    }

    private static Request request(UnaryOperator<Request.Builder> settings, int index) {
        Request.Builder builder = Request.builder("a red star").size(WIDTH, HEIGHT).steps(STEPS).guidanceScale(3).seed(SEED + index);
        return settings.apply(builder).build();
    }

    private static final class Observer implements PipelineListener {
        private final List<Tensor> previews = new ArrayList<>();
        private final List<Integer> finished = new ArrayList<>();

        @Override
        public void step(int step, int steps, Tensor denoised) {
            previews.add(denoised);
        }

        @Override
        public void finished(int index, PipelineResult result) {
            finished.add(index);
        }
    }

    private static Picture gradient() {
        byte[] rgb = new byte[3 * WIDTH * HEIGHT];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = (byte) (255 * i / rgb.length);
        }
        return new Picture(WIDTH, HEIGHT, rgb);
    }

    /** Repaints the left third and half of the middle one's. */
    private static Mask mask() {
        float[] repaint = new float[WIDTH * HEIGHT];
        for (int i = 0; i < repaint.length; i++) {
            int third = i % WIDTH / (WIDTH / 3);
            repaint[i] = third == 0 ? 1 : third == 1 ? 0.5f : 0;
        }
        return new Mask(WIDTH, HEIGHT, repaint);
    }
}
