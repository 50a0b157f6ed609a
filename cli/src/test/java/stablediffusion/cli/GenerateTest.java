package stablediffusion.cli;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import stablediffusion.cli.output.RecreateCommand;
import stablediffusion.model.image.Parameters;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** {@code sd generate} as typed, with the bundled model on the CPU engine; small and rough pictures, to be quick. */
class GenerateTest {
    private static final String PROMPT = "a red circle on a blue background";

    @TempDir
    private Path folder;

    @Test
    void aBatchGrowsTheSeed() {
        CommandLineRun run =
                generate("-s", "7", "-b", "3", "--grid", "--json", "--preview", "2", "-o", file("{index}-{seed}-{sampler}.png"));
        generate("-s", "8", "-o", file("alone.png"));
        assertArrayEquals(read("alone.png").rgb(), read("2-8-dpm++2m.png").rgb());
        assertTrue(read("1-7-dpm++2m.png").psnr(read("3-9-dpm++2m.png")) < 60);

        List<JsonNode> reports = run.out().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
        assertEquals(4, reports.size());
        assertEquals(file("2-8-dpm++2m.png"), reports.get(1).get("file").asString());
        assertEquals("8", reports.get(1).get("settings").get("Seed").asString());
        assertTrue(reports.get(1).get("seconds").get("denoise").asDouble() >= 0);

        // Two rows of two, with a gap of two.
        Picture sheet = read("1-7-dpm++2m-grid.png");
        assertEquals(file("1-7-dpm++2m-grid.png"), reports.get(3).get("grid").asString());
        assertEquals(130, sheet.width());
        assertEquals(130, sheet.height());
        assertArrayEquals(read("2-8-dpm++2m.png").rgb(), part(sheet, 66, 0).rgb());
        assertArrayEquals(read("3-9-dpm++2m.png").rgb(), part(sheet, 0, 66).rgb());

        // Three steps: one preview on the way.
        assertEquals(64, read("1-7-dpm++2m-step002.png").width());
        assertFalse(Files.exists(Path.of(file("1-7-dpm++2m-step003.png"))));
    }

    @Test
    void aBatchIsComputedTogether() {
        CommandLineRun run =
                generate("-s", "7", "-b", "5", "--batch-size", "2", "--sampler", "euler_a", "--preview", "2", "--grid", "--json",
                        "-o", file("{index}-{seed}.png"));
        assertTrue(run.err().contains("pictures 1 to 2 of 5, seeds: 7 to 8"), run.err());
        assertTrue(run.err().contains("pictures 3 to 4 of 5, seeds: 9 to 10"), run.err());
        assertTrue(run.err().contains("picture 5 of 5, seed: 11"), run.err());
        List<JsonNode> reports = run.out().lines().map(line -> JsonMapper.shared().readTree(line)).toList();
        assertEquals(6, reports.size());
        for (int i = 0; i < 5; i++) {
            String name = (i + 1) + "-" + (7 + i);
            JsonNode report = reports.get(i);
            assertEquals(file(name + ".png"), report.get("file").asString());
            assertEquals(Integer.toString(7 + i), report.get("settings").get("Seed").asString());
            assertEquals(i < 4 ? 2 : 1, report.get("batchSize").asInt());
            generate("-s", Integer.toString(7 + i), "--sampler", "euler_a", "--preview", "2", "-o", file("alone-" + name + ".png"));
            assertSame("alone-" + name + ".png", name + ".png");
            assertSame("alone-" + name + "-step002.png", name + "-step002.png");
            // The command that makes a picture again makes it alone.
            assertEquals(PictureFile.readParameters(Path.of(file("alone-" + name + ".png"))),
                    PictureFile.readParameters(Path.of(file(name + ".png"))));
        }
    }

    @Test
    void aBatchSizeAloneIsTheNumberOfPictures() {
        CommandLineRun run = generate("-s", "7", "--batch-size", "3", "-o", file("{seed}.png"));
        assertTrue(run.err().contains("pictures 1 to 3 of 3, seeds: 7 to 9"), run.err());
        assertEquals(3, run.out().lines().count());
        assertTrue(generate("-s", "7", "-b", "1", "--batch-size", "3", "-o", file("one.png")).out()
                .endsWith("wrote " + file("one.png") + "\n"));
    }

    @Test
    void everyChoiceIsInTheParametersAndInspectMakesThePictureAgain() {
        generate("--sampler", "DPM++ 2S a", "--schedule", "karras", "--eta", "0.5", "--rng", "cuda", "--clip-skip", "2", "--literal", "-n",
                "a (green star", "--cfg-scale", "5", "-s", "3", "-o", file("all.png"));
        Map<String, String> settings = Parameters.parse(PictureFile.readParameters(Path.of(file("all.png"))).orElseThrow()).settings();
        assertEquals(
                Map.ofEntries(
                        Map.entry("Steps", "3"), Map.entry("Sampler", "DPM++ 2S a"), Map.entry("Schedule type", "Karras"),
                        Map.entry("CFG scale", "5"), Map.entry("Seed", "3"), Map.entry("Size", "64x64"),
                        Map.entry("Model", "tiny-shapes"), Map.entry("Clip skip", "2"), Map.entry("Eta", "0.5"), Map.entry("RNG", "NV"),
                        Map.entry("Prompt style", "literal")),
                settings);
        assertMadeAgain("all.png");
    }

    @Test
    void aPromptThatChangesIsInTheParametersAndInspectMakesThePictureAgain() {
        String prompt = "a [star:circle:0.5] on [blue|green]";
        CommandLineRun run = CommandLineRun.of(
                "generate", prompt, "-n", "[red:3]", "--steps", "4", "-W", "64", "-H", "64", "-m", model(), "--precision", "f32", "-s", "3",
                "-o", file("changes.png"));
        assertEquals(0, run.exitCode(), run.err());
        assertFalse(run.err().contains("web UI"), run.err());
        Parameters parameters = Parameters.parse(PictureFile.readParameters(Path.of(file("changes.png"))).orElseThrow());
        assertEquals(prompt, parameters.prompt());
        assertEquals("[red:3]", parameters.negativePrompt());
        assertMadeAgain("changes.png");
    }

    /** Each choice has a say in the picture. */
    @Test
    void noChoiceIsWithoutInfluence() {
        List<Picture> pictures = new ArrayList<>();
        String[][] choices = {
            {}, {"--eta", "0"}, {"--schedule", "exponential"}, {"--rng", "cuda"}, {"--clip-skip", "2"}, {"-n", "a circle"},
            {"--sampler", "lcm"}
        };
        for (String[] choice : choices) {
            List<String> arguments = new ArrayList<>(List.of("-s", "3", "-o", file("choice.png")));
            arguments.addAll(List.of(choice));
            if (!arguments.contains("--sampler")) {
                arguments.addAll(List.of("--sampler", "euler_a"));
            }
            generate(arguments.toArray(String[]::new));
            pictures.add(read("choice.png"));
        }
        for (int i = 0; i < pictures.size(); i++) {
            for (int j = 0; j < i; j++) {
                assertTrue(pictures.get(i).psnr(pictures.get(j)) < 60, List.of(choices[i]) + " and " + List.of(choices[j]));
            }
        }
    }

    @Test
    void theOriginalScriptsNames() {
        CommandLineRun run = CommandLineRun.of(
                "generate", "--prompt", PROMPT, "--ddim_steps", "3", "--ddim_eta=0.3", "--sampling-method", "ddim", "--scale", "4", "--H",
                "64",
                "--W=64", "--seed", "5", "--n_samples", "1", "--n_iter", "2", "--outdir", folder.toString(), "--ckpt", model(),
                "--precision", "f32");
        assertEquals(0, run.exitCode(), run.err());
        CommandLineRun same = CommandLineRun.of(
                "generate", PROMPT, "--steps", "3", "--eta", "0.3", "--sampler", "ddim", "--cfg-scale", "4", "-H", "64", "-W", "64", "-s",
                "6",
                "-o", file("same.png"), "-m", model(), "--precision", "f32");
        assertEquals(0, same.exitCode(), same.err());
        assertArrayEquals(read("same.png").rgb(), read("a-red-circle-on-a-blue-background-6.png").rgb());
        assertTrue(Files.exists(Path.of(file("a-red-circle-on-a-blue-background-5.png"))));
    }

    @Test
    void optionsOfOthersThatMeanNothingHereAreAcceptedWithAWord() {
        CommandLineRun run =
                generate("-v", "-M", "txt2img", "--type", "f16", "--color", "--skip_grid", "--skip_save", "--fixed_code", "--n_rows",
                        "2", "-t", "1", "-o", file("others.png"));
        for (String option : List.of("--verbose", "--mode", "--type", "--color", "--skip_grid", "--skip_save", "--fixed_code",
                "--n_rows")) {
            assertTrue(run.err().contains("note: " + option + " changes nothing"), option + ": " + run.err());
        }
        assertEquals(64, read("others.png").width());
    }

    /** 15 steps have a stride of 66 timesteps, with which the original scripts reach 1000 in 16. */
    @Test
    void aNumberOfStepsThatIsRoundedIsSaid() {
        CommandLineRun run = CommandLineRun.of(
                "generate", PROMPT, "--sampler", "ddim", "--steps", "15", "-W", "64", "-H", "64", "-m", model(), "-o", file("steps.png"));
        assertEquals(0, run.exitCode(), run.err());
        assertTrue(run.err().contains("ddim takes 16 steps instead of 15"), run.err());
    }

    @Test
    void imageToImageOfAnyShape() {
        Path wide = folder.resolve("wide.png");
        PictureFile.write(gradient(200, 100), "", wide);
        CommandLineRun run = generate("-i", wide.toString(), "--strength", "0.7", "-s", "1", "-o", file("square.jpg"));
        assertTrue(run.err().contains("is 200x100; its middle, 100x100, is taken and scaled to 64x64"), run.err());
        assertEquals(64, read("square.jpg").width());
        Map<String, String> settings = Parameters.parse(PictureFile.readParameters(Path.of(file("square.jpg"))).orElseThrow()).settings();
        assertEquals("0.7", settings.get("Denoising strength"));
        assertEquals(wide.toString(), settings.get("Init image"));

        // With no size asked for: the picture's own, in multiples of 8.
        CommandLineRun own = CommandLineRun.of("generate", PROMPT, "--steps", "3", "--sampler", "euler", "-s", "1", "-i", wide.toString(),
                "--strength", "0.4", "-m", model(), "-o", file("own.png"));
        assertEquals(0, own.exitCode(), own.err());
        assertEquals(200, read("own.png").width());
        assertEquals(104, read("own.png").height());
        // One step of three, from little noise: the source is to be seen, and noise alone would not come near.
        Picture source = Picture.fromImage(PictureFile.read(wide));
        Picture scaled = stablediffusion.model.image.Framing.of(200, 100, 200, 104).apply(source);
        assertTrue(read("own.png").psnr(scaled) > 12, "PSNR " + read("own.png").psnr(scaled));
    }

    @Test
    void inpaintingKeepsTheRestToTheBit() {
        Picture source = gradient(64, 64);
        PictureFile.write(source, "", folder.resolve("source.png"));
        byte[] mask = new byte[3 * 64 * 64];
        for (int i = 0; i < mask.length; i++) {
            mask[i] = (byte) (i / 3 % 64 < 24 ? 0xFF : 0);
        }
        PictureFile.write(new Picture(64, 64, mask), "", folder.resolve("mask.png"));
        generate("-i", file("source.png"), "--mask", file("mask.png"), "--strength", "1", "-s", "1", "-o", file("painted.png"));
        Picture painted = read("painted.png");
        int changed = 0;
        for (int i = 0; i < mask.length; i++) {
            if (mask[i] == 0) {
                assertEquals(source.rgb()[i], painted.rgb()[i]);
            } else {
                changed += source.rgb()[i] != painted.rgb()[i] ? 1 : 0;
            }
        }
        assertTrue(changed > 1000, changed + " values changed");
        assertMadeAgain("painted.png");
    }

    @Test
    void aPromptALine() throws IOException {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream("a green star\n\n  a pink heart \n".getBytes(StandardCharsets.UTF_8)));
        CommandLineRun run;
        try {
            run = CommandLineRun.of("generate", "--prompts-file", "-", "--steps", "1", "-W", "64", "-H", "64", "-s", "4", "-m", model(),
                    "-b",
                    "2", "-o", file("{prompt}.png"));
        } finally {
            System.setIn(before);
        }
        assertEquals(0, run.exitCode(), run.err());
        // A name that is taken gets a number.
        for (String name : new String[] {"a-green-star.png", "a-green-star-2.png", "a-pink-heart.png", "a-pink-heart-2.png"}) {
            assertTrue(run.out().contains("wrote " + file(name)), run.out());
            assertEquals(64, read(name).width());
        }
        assertTrue(run.err().contains("picture 4 of 4, seed: 5"), run.err());
    }

    private void assertMadeAgain(String name) {
        CommandLineRun inspected = CommandLineRun.of("inspect", file(name));
        assertEquals(0, inspected.exitCode(), inspected.err());
        RecreateCommand command = RecreateCommand.of(Parameters.parse(PictureFile.readParameters(Path.of(file(name))).orElseThrow()));
        assertTrue(inspected.out().contains(command.text()), inspected.out());
        assertEquals(List.of(), command.leftOut());
        List<String> words = new ArrayList<>(command.words().subList(1, command.words().size()));
        // The library that knows the model by its name lies elsewhere in this test.
        words.set(words.indexOf("--model") + 1, model());
        words.addAll(List.of("-o", file("again.png"), "--precision", "f32"));
        CommandLineRun again = CommandLineRun.of(words.toArray(String[]::new));
        assertEquals(0, again.exitCode(), again.err());
        assertArrayEquals(read(name).rgb(), read("again.png").rgb());
    }

    /** In dB: another number of rows may be summed in another order, which changes a value by 1 here and there. */
    private void assertSame(String expected, String name) {
        double psnr = read(expected).psnr(read(name));
        assertTrue(psnr >= 60, () -> name + ": PSNR is " + psnr + " dB");
    }

    private CommandLineRun generate(String... options) {
        List<String> arguments = new ArrayList<>(
                List.of("generate", PROMPT, "--steps", "3", "-W", "64", "-H", "64", "-m", model(), "--precision", "f32"));
        arguments.addAll(List.of(options));
        CommandLineRun run = CommandLineRun.of(arguments.toArray(String[]::new));
        assertEquals(0, run.exitCode(), run.err());
        return run;
    }

    private static String model() {
        return SharedModel.folder().toString();
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    private Picture read(String name) {
        return Picture.fromImage(PictureFile.read(folder.resolve(name)));
    }

    private static Picture part(Picture sheet, int left, int top) {
        return Picture.fromImage(sheet.toImage().getSubimage(left, top, 64, 64));
    }

    private static Picture gradient(int width, int height) {
        byte[] rgb = new byte[3 * width * height];
        for (int i = 0; i < width * height; i++) {
            rgb[3 * i] = (byte) (i % width * 255 / width);
            rgb[3 * i + 2] = (byte) (i / width * 255 / height);
        }
        return new Picture(width, height, rgb);
    }
}
