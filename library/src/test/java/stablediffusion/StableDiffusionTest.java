package stablediffusion;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.model.Precision;
import stablediffusion.model.Remedy;
import stablediffusion.model.UserException;
import stablediffusion.model.image.Picture;
import stablediffusion.model.pipeline.MaskFill;
import stablediffusion.model.pipeline.Phase;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** Uses the library as a program does, with the bundled model on the CPU engine; images are small and rough, to be quick. */
@Timeout(120)
class StableDiffusionTest {
    private static final Path CHECKPOINT = Path.of("..", "models", "tiny-shapes", "tiny-shapes.ckpt");

    @TempDir
    private static Path folder;

    private static Path checkpoint;
    private static StableDiffusion shared;

    @BeforeAll
    static void load() throws IOException {
        checkpoint = Files.copy(CHECKPOINT, folder.resolve("tiny.ckpt"));
        shared = builder().load();
    }

    @AfterAll
    static void close() {
        shared.close();
    }

    private static StableDiffusion.Builder builder() {
        return StableDiffusion.builder(checkpoint).backend("cpu").precision(Precision.F32);
    }

    private static GenerationRequest.Builder star() {
        return GenerationRequest.prompt("a red star").steps(2).size(64, 64).sampler("euler").seed(1);
    }

    @Test
    void convertsACheckpointOnceBesideIt() throws IOException {
        Path manifest = folder.resolve("tiny").resolve("manifest.json");
        var converted = Files.getLastModifiedTime(manifest);
        try (StableDiffusion again = builder().load()) {
            assertEquals("tiny", again.modelName());
            assertEquals(converted, Files.getLastModifiedTime(manifest));
        }
    }

    @Test
    void findsAModelByItsNameInAFolder() {
        try (StableDiffusion named = StableDiffusion.builder(Path.of("tiny")).modelsFolder(folder).backend("cpu").load()) {
            assertEquals("tiny", named.modelName());
        }
    }

    @Test
    void writesTheImageWithItsMetadata() throws IOException {
        GeneratedImage image = shared.generate(star().negativePrompt("a circle").build());
        assertEquals(64, image.width());
        assertEquals(64, image.height());
        assertEquals("1", image.settings().get("Seed"));
        assertTrue(image.metadata().startsWith("a red star\nNegative prompt: a circle\nSteps: 2, Sampler: Euler, Schedule type: Uniform"));
        Path file = folder.resolve("new").resolve("star.png");
        image.save(file);
        assertArrayEquals(image.toPng(), Files.readAllBytes(file));
        assertTrue(image.durations().containsKey(Phase.DENOISE));
        UserException refused = assertThrows(UserException.class, () -> image.save(folder.resolve("star.gif")));
        assertTrue(refused.getMessage().contains("must end in .png or .jpg"), refused.getMessage());
    }

    @Test
    void aBatchGrowsTheSeed() {
        List<GeneratedImage> images = shared.generate(star().seed(7).build().batch(2), GenerationListener.NONE);
        assertEquals(List.of(7L, 8L), images.stream().map(image -> image.request().seed()).toList());
        assertArrayEquals(shared.generate(star().seed(8).build()).toPng(), images.getLast().toPng());
    }

    @Test
    void aBatchIsMadeTogether() {
        List<String> steps = new ArrayList<>();
        List<GeneratedImage> delivered = new ArrayList<>();
        List<GeneratedImage> images = shared.generateBatch(star().seed(7).build(), 3, new GenerationListener() {
            @Override
            public void step(Step step) {
                steps.add(step.number() + " of " + step.count() + ", " + step.images() + ", " + step.preview(2).getWidth());
            }

            @Override
            public void finished(GeneratedImage image) {
                delivered.add(image);
            }
        });
        assertEquals(List.of("1 of 2, 3, 64", "2 of 2, 3, 64"), steps);
        assertEquals(delivered, images);
        assertEquals(List.of(7L, 8L, 9L), images.stream().map(image -> image.request().seed()).toList());
        for (GeneratedImage image : images) {
            GeneratedImage alone = shared.generate(image.request());
            assertEquals(alone.metadata(), image.metadata());
            // In dB: another number of rows may be summed in another order, which changes a value by 1 here and there.
            double psnr = Picture.fromImage(alone.toBufferedImage()).psnr(Picture.fromImage(image.toBufferedImage()));
            assertTrue(psnr >= 60, () -> "PSNR is " + psnr + " dB");
            assertEquals(images.getFirst().durations().get(Phase.DENOISE), image.durations().get(Phase.DENOISE));
            assertTrue(image.durations().containsKey(Phase.DECODE_IMAGE));
        }
    }

    @Test
    void aCancelledBatchHasDeliveredWhatWasFinished() {
        List<GeneratedImage> delivered = new ArrayList<>();
        GenerationRequest request = star().build();
        assertThrows(CancellationException.class, () -> shared.generateBatch(request, 3, new GenerationListener() {
            @Override
            public void finished(GeneratedImage image) {
                delivered.add(image);
            }

            @Override
            public boolean cancelled() {
                return delivered.size() == 2;
            }
        }));
        assertEquals(List.of(1L, 2L), delivered.stream().map(image -> image.request().seed()).toList());
    }

    @Test
    void requestsThatDifferInMoreThanPromptsAndSeedsAreNotMadeTogether() {
        GenerationRequest request = star().seed(1).build();
        for (GenerationRequest other : List.of(star().guidanceScale(3).build(), star().prompt("a BREAK b").build())) {
            assertThrows(UserException.class, () -> shared.generateTogether(List.of(request, other), GenerationListener.NONE));
        }
        assertThrows(UserException.class, () -> shared.generateTogether(List.of(), GenerationListener.NONE));
    }

    @Test
    void batchesThatCannotBe() {
        GenerationRequest request = star().size(512, 512).build();
        assertThrows(UserException.class, () -> shared.generateBatch(request, 0, GenerationListener.NONE));
        UserException large = assertThrows(UserException.class, () -> shared.generateBatch(request, 65, GenerationListener.NONE));
        assertEquals("cannot make 65 pictures of 512x512 together: at most 64", large.getMessage());
        assertEquals(List.of(Remedy.MAKE_FEWER_TOGETHER), large.remedies());
        GenerationRequest lastSeed = request.withSeed(Long.MAX_VALUE);
        assertThrows(UserException.class, () -> shared.generateBatch(lastSeed, 2, GenerationListener.NONE));
        assertThrows(UserException.class, () -> lastSeed.batch(2));
    }

    @Test
    void fillsInTheSizeAndKeepsTheSeed() {
        GenerationRequest request = GenerationRequest.prompt("a star").build();
        assertTrue(request.width().isEmpty());
        GenerationRequest prepared = shared.prepare(request);
        assertEquals(128, prepared.width().getAsInt());
        assertEquals(128, prepared.height().getAsInt());
        assertEquals(request.seed(), prepared.seed());
        GenerationRequest wide = shared.prepare(GenerationRequest.prompt("a star").initialImage(plain(400, 200)).build());
        assertEquals(256, wide.width().getAsInt());
        assertEquals(128, wide.height().getAsInt());
    }

    @Test
    void keepsTheMaskedPartToTheBit() {
        BufferedImage initial = plain(64, 64);
        BufferedImage mask = new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 24; x++) {
                mask.setRGB(x, y, 0xFFFFFF);
            }
        }
        BufferedImage painted = shared.generate(star().initialImage(initial).mask(mask).strength(1).build()).toBufferedImage();
        int changed = 0;
        for (int y = 0; y < 64; y++) {
            for (int x = 0; x < 64; x++) {
                if (x >= 32) {
                    assertEquals(initial.getRGB(x, y), painted.getRGB(x, y));
                }
                changed += initial.getRGB(x, y) == painted.getRGB(x, y) ? 0 : 1;
            }
        }
        assertTrue(changed > 500, changed + " pixels changed");
    }

    /** At little strength, what is under the mask decides most of what is painted; the rest stays to the bit. */
    @Test
    void fillsTheMaskBeforeItIsRepainted() {
        BufferedImage initial = plain(64, 64);
        BufferedImage mask = leftHalf(64);
        Set<Integer> painted = new HashSet<>();
        for (MaskFill fill : MaskFill.values()) {
            GeneratedImage image = shared.generate(star().initialImage(initial).mask(mask).strength(0.3).steps(10).maskFill(fill).build());
            BufferedImage pixels = image.toBufferedImage();
            assertEquals(initial.getRGB(50, 40), pixels.getRGB(50, 40));
            painted.add(Arrays.hashCode(pixels.getRGB(0, 0, 24, 64, null, 0, 24)));
            assertEquals(fill != MaskFill.ORIGINAL, image.metadata().contains("Masked content: " + fill.webUiName()), image.metadata());
        }
        // What surrounds the mask is of the same colour as what is under it.
        assertEquals(MaskFill.values().length - 1, painted.size());
        assertRefused("without a mask", star().initialImage(initial).maskFill(MaskFill.NOISE));
    }

    @Test
    void worksOnTheSurroundingsOfTheMaskAloneAndPutsThemBack() {
        BufferedImage initial = plain(200, 120);
        BufferedImage mask = new BufferedImage(200, 120, BufferedImage.TYPE_INT_RGB);
        for (int y = 40; y < 60; y++) {
            for (int x = 100; x < 130; x++) {
                mask.setRGB(x, y, 0xFFFFFF);
            }
        }
        GeneratedImage image = shared.generate(star().initialImage(initial).mask(mask).strength(1).onlyMasked(4).build());
        BufferedImage pixels = image.toBufferedImage();
        assertEquals(200, pixels.getWidth());
        assertEquals(120, pixels.getHeight());
        int changed = 0;
        for (int y = 0; y < 120; y++) {
            for (int x = 0; x < 200; x++) {
                boolean same = initial.getRGB(x, y) == pixels.getRGB(x, y);
                assertTrue(same || (mask.getRGB(x, y) & 0xFF) != 0, x + ", " + y);
                changed += same ? 0 : 1;
            }
        }
        assertTrue(changed > 300, changed + " pixels changed");
        assertTrue(
                image.metadata().contains("Size: 64x64") && image.metadata().contains("Inpaint area: Only masked, Masked area padding: 4"),
                image.metadata());
    }

    private static BufferedImage leftHalf(int edge) {
        BufferedImage mask = new BufferedImage(edge, edge, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < edge; y++) {
            for (int x = 0; x < edge / 2; x++) {
                mask.setRGB(x, y, 0xFFFFFF);
            }
        }
        return mask;
    }

    @Test
    void aLoraThatIsNotThereIsAnError() {
        GenerationRequest request = star().prompt("a star <lora:absent:0.5>").build();
        UserException noFolder = assertThrows(UserException.class, () -> shared.generate(request));
        assertEquals(List.of(Remedy.NAME_LORA_FOLDER), noFolder.remedies());
        try (StableDiffusion withFolder = builder().loraFolder(folder.resolve("loras")).load()) {
            UserException empty = assertThrows(UserException.class, () -> withFolder.generate(request));
            assertTrue(empty.getMessage().startsWith("there is no LoRA 'absent' in the folder"), empty.getMessage());
        }
        assertThrows(UserException.class, () -> star().negativePrompt("<lora:absent:0.5>").build());
    }

    @Test
    void aListenerFollowsTheWork() {
        List<Phase> phases = new ArrayList<>();
        List<String> steps = new ArrayList<>();
        try (StableDiffusion fresh = builder().load()) {
            fresh.generate(star().build(), new GenerationListener() {
                @Override
                public void phase(Phase phase) {
                    phases.add(phase);
                }

                @Override
                public void step(Step step) {
                    steps.add(step.number() + " of " + step.count() + ", " + step.preview().getWidth());
                }
            });
        }
        assertEquals(List.of("1 of 2, 64", "2 of 2, 64"), steps);
        assertEquals(Phase.LOAD_TEXT_ENCODER, phases.getFirst());
        assertEquals(Phase.DECODE_IMAGE, phases.getLast());
    }

    @Test
    void aListenerCancels() {
        assertThrows(CancellationException.class, () -> shared.generate(star().steps(100).build(), new GenerationListener() {
            @Override
            public boolean cancelled() {
                return true;
            }
        }));
        assertEquals(64, shared.generate(star().build()).width());
    }

    @Test
    void callsFromManyThreadsQueue() throws Exception {
        byte[][] alone = new byte[4][];
        for (int i = 0; i < alone.length; i++) {
            alone[i] = shared.generate(star().seed(i).build()).toPng();
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(alone.length)) {
            List<Future<byte[]>> results = new ArrayList<>();
            for (int i = 0; i < alone.length; i++) {
                GenerationRequest request = star().seed(i).build();
                results.add(threads.submit(() -> shared.generate(request).toPng()));
            }
            for (int i = 0; i < alone.length; i++) {
                assertArrayEquals(alone[i], results.get(i).get());
            }
        }
    }

    @Test
    void closingCancelsWhatRunsAndFailsWhatWaits() throws Exception {
        StableDiffusion closed = builder().load();
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<GeneratedImage> first =
                CompletableFuture.supplyAsync(() -> closed.generate(star().steps(900).build(), new GenerationListener() {
                    @Override
                    public void step(Step step) {
                        running.countDown();
                    }
                }));
        running.await();
        CompletableFuture<GeneratedImage> second = CompletableFuture.supplyAsync(() -> closed.generate(star().build()));
        closed.close();
        closed.close();
        assertInstanceOf(CancellationException.class, cause(first));
        assertInstanceOf(IllegalStateException.class, cause(second));
        assertThrows(IllegalStateException.class, () -> closed.generate(star().build()));
    }

    @Test
    void anInterruptCancels() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        Thread caller = Thread.ofPlatform().start(() -> {
            try {
                shared.generate(star().steps(900).build(), new GenerationListener() {
                    @Override
                    public void step(Step step) {
                        running.countDown();
                    }
                });
                result.complete(false);
            } catch (CancellationException cancelled) {
                result.complete(Thread.currentThread().isInterrupted());
            }
        });
        running.await();
        caller.interrupt();
        assertTrue(result.get());
    }

    @Test
    void requestsAreCheckedWithoutAModel() {
        assertRefused("is not a multiple of 8", star().size(100, 64));
        assertRefused("there is no sampler 'eulr': did you mean euler", star().sampler("eulr"));
        assertRefused("cannot sample in 0 steps", star().steps(0));
        assertRefused("is no number", star().guidanceScale(Float.NaN));
        assertRefused("adds no noise", star().eta(0.5));
        assertRefused("is never closed", star().prompt("a (star").strict(true));
        assertRefused("needs an initial image", star().strength(0.5));
        assertRefused("is not above 0", star().initialImage(plain(64, 64)).strength(0));
        assertRefused("is all black", star().initialImage(plain(64, 64)).mask(new BufferedImage(64, 64, BufferedImage.TYPE_INT_RGB)));
        assertThrows(UserException.class, () -> star().initialImage(folder.resolve("missing.png")));
        UserException layers = assertThrows(UserException.class, () -> shared.prepare(star().clipSkip(9).build()));
        assertTrue(layers.getMessage().contains("is not from 1 to 4"), layers.getMessage());
    }

    @Test
    void settingsAreChecked() {
        assertThrows(UserException.class, () -> builder().threads(0));
        assertThrows(UserException.class, () -> builder().threads(100_000));
        assertThrows(UserException.class, () -> builder().maxMemory(0).load());
        assertThrows(UserException.class, () -> builder().backend("abacus").load());
        assertThrows(UserException.class, () -> StableDiffusion.load(folder.resolve("missing.ckpt")));
    }

    private static void assertRefused(String expected, GenerationRequest.Builder request) {
        UserException refused = assertThrows(UserException.class, request::build);
        assertTrue(refused.getMessage().contains(expected), refused.getMessage());
        assertFalse(refused.getMessage().contains("--"), "names an option of the command line: " + refused.getMessage());
    }

    private static Throwable cause(CompletableFuture<?> future) throws InterruptedException {
        try {
            future.get();
            return new AssertionError("it did not fail");
        } catch (ExecutionException | CompletionException | CancellationException failure) {
            return failure.getCause() == null ? failure : failure.getCause();
        }
    }

    private static BufferedImage plain(int width, int height) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        var graphics = image.createGraphics();
        graphics.setColor(Color.CYAN);
        graphics.fillRect(0, 0, width, height);
        graphics.dispose();
        return image;
    }
}
