package stablediffusion.cli;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import stablediffusion.model.image.Picture;
import stablediffusion.model.image.PictureFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static stablediffusion.cli.CommandLineRun.assertFails;

/** What cannot be done is said in one line, before a network is loaded. */
class GenerateBadInputTest {
    @TempDir
    private static Path folder;

    @BeforeAll
    static void makePictures() throws IOException {
        PictureFile.write(plain(128, 128, 0xFF), "", file("white.png"));
        PictureFile.write(plain(128, 128, 0), "", file("black.png"));
        PictureFile.write(plain(64, 64, 0xFF), "", file("small.png"));
        PictureFile.write(plain(1, 1, 0xFF), "", file("dot.png"));
        Files.writeString(file("text.png"), "no picture");
        byte[] whole = Files.readAllBytes(file("white.png"));
        Files.write(file("cut.png"), Arrays.copyOf(whole, whole.length / 2));
        Files.writeString(file("empty.txt"), "\n \n");
        Files.writeString(file("prompts.txt"), "# stars\na star\na (star\na <lora:none:1> star\n\na heart\n");
        Files.writeString(file("bad.txt"), "a (star\na [star\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "there is no picture                        | -i missing.png",
        "strength 0.0 is not above 0                | -i white.png --strength 0",
        "strength 2.0 is not above 0                | -i white.png --strength 2",
        "strength NaN is not above 0                | -i white.png --strength NaN",
        "leaves no step to take                     | -i white.png --strength 0.1 --steps 4",
        "--mask goes with a picture                 | --mask white.png",
        "--mask-fill goes with a mask               | -i white.png --mask-fill noise",
        "--mask-padding goes with a mask            | -i white.png --mask-padding 4",
        "take original, surroundings, noise         | -i white.png --mask white.png --mask-fill blur",
        "-1 pixels around the mask are below 0      | -i white.png --mask white.png --mask-padding -1",
        "--strength goes with a picture             | --strength 0.5",
        "did you mean euler                         | --sampler eulr",
        "take discrete, karras, exponential         | --schedule karas",
        "plms has a schedule of its own             | --sampler plms --schedule karras",
        "plms adds no noise                         | --sampler plms --eta 0.5",
        "eta 1.5 is not between 0 and 1             | --sampler ddim --eta 1.5",
        "cannot sample in 0 steps                   | --steps 0",
        "cannot make 0 pictures                     | -b 0",
        "cannot make 4000000000 pictures            | -b 2000000000 --n_iter 2",
        "cannot put 2000000000 pictures on one      | -b 2000000000 --grid",
        "is too large for 2 pictures                | -b 2 -s 9223372036854775807",
        "cannot write a preview every 0 steps       | --preview 0",
        "must end in .png or .jpg                   | -o picture.gif",
        "must end in .png or .jpg                   | -o picture.webp",
        "{colour} that is not known                 | -o {colour}.png",
        "no such model: nope                        | -m nope",
        "no device for backend abacus               | --backend abacus",
        "the number of threads is 0                 | --threads 0",
        "the CPU engine does not compute in f16     | --backend cpu --precision f16",
    })
    void options(String expected, String arguments) {
        assertFails(2, expected, withPrompt("a star", arguments + (arguments.contains("-m ") ? "" : " -m " + SharedModel.folder())));
    }

    @Test
    void aPromptThatAJpegHasNoRoomForIsRefusedBeforeItIsPainted() {
        assertFails(2, "write a PNG", "generate", "a star, ".repeat(10_000), "-o", file("x.jpg").toString());
    }

    @Test
    void messagesThatQuoteLongTextAreShort() {
        assertFails(2, " … ", "generate", "x", "y".repeat(100_000));
        assertTrue(CommandLineRun.of("generate", "a star", "--sampler", "y".repeat(100_000)).err().length() < 3000);
    }

    @Test
    void anEmptyNameIsNotTheCurrentFolder() {
        assertFails(2, "is empty: leave the option out", "generate", "a star", "-o", "");
    }

    /** What is wrong with files, and not with the request, is a failure like others. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "is not a picture that can be read          | -i text.png",
        "cannot read the picture                    | -i cut.png",
        "is only 1x1                                | -i dot.png",
        "is 64x64, but the picture                  | -i white.png --mask small.png",
        "is all black                               | -i white.png --mask black.png",
        "it is a device or a pipe                   | -o /dev/full",
    })
    void files(String expected, String arguments) {
        assertFails(1, expected, withPrompt("a star", arguments));
    }

    @Test
    void aPromptThatBeginsWithAtIsNoFileOfOptions() throws IOException {
        Path options = Files.writeString(file("options.txt"), "--unknown");
        assertFails(2, "must end in .png or .jpg", "generate", "@" + options, "-o", "picture.gif");
    }

    @Test
    void placesThatCannotBeWrittenTo() {
        assertFails(1, file("text.png") + " is not a folder", "generate", "a star", "-o", file("text.png") + "/new/{seed}.png");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "width 100 is not a multiple of 8: take 96 or 104 | -W 100",
        "guidance scale NaN is no number                  | --cfg-scale NaN",
        "clip skip 9 is not from 1 to 4                   | --clip-skip 9",
        "cannot make 17 pictures of 1024x1024 together: at most 16; use a smaller --batch-size | -W 1024 -H 1024 --batch-size 17",
        "clip skip 0 is not from 1 to 4                   | --clip-skip 0",
    })
    void optionsThatTheModelDecides(String expected, String arguments) {
        String[] all = withPrompt("a star", arguments + " -m " + SharedModel.folder());
        assertFails(2, expected, all);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "'(' at character 3 is never closed         | a (star",
        "']' at character 7 closes nothing          | a star]",
        "is not understood: write <lora:name:0.8>   | a <lyco:x> star",
        "a hypernetwork, which this program does    | a <hypernet:x:1> star",
    })
    void prompts(String expected, String prompt) {
        assertFails(2, expected, "generate", prompt, "--check-brackets");
        assertFails(2, expected, "generate", "a star", "-n", prompt, "--check-brackets");
    }

    @Test
    void filesOfPrompts() {
        assertFails(2, "there is no file of prompts", "generate", "--prompts-file", file("missing.txt").toString());
        assertFails(1, "there is no prompt in", "generate", "--prompts-file", file("empty.txt").toString());
        assertFails(2, "'(' at character 3", "generate", "--check-brackets", "--prompts-file", file("bad.txt").toString());
    }

    @Test
    void aBadPromptDoesNotStopAList() {
        Path picture = file("list/{index}.png");
        CommandLineRun run =
                CommandLineRun.of("generate", "--prompts-file", file("prompts.txt").toString(), "--check-brackets", "--steps", "1", "-W",
                        "64",
                        "-H", "64", "-m", SharedModel.folder().toString(), "-o", picture.toString());
        assertEquals(1, run.exitCode(), run.err());
        String last = run.err().lines().reduce((_, line) -> line).orElseThrow();
        assertTrue(last.startsWith("sd: 2 of 4 prompts were left out, the first is prompt 2: in the prompt, '('"), last);
        assertTrue(run.err().contains("left out: prompt 3: there is no LoRA 'none'"), run.err());
        assertTrue(Files.exists(file("list/2.png")) && !Files.exists(file("list/3.png")), run.out());
        // The first image is followed, the second is not.
        assertEquals(1, run.err().lines().filter(line -> line.startsWith("step ")).count(), run.err());
    }

    /** @param arguments names of files stand for those in the folder */
    private static String[] withPrompt(String prompt, String arguments) {
        String[] words = ("generate|" + prompt + "|" + arguments.replace(' ', '|')).split("\\|");
        for (int i = 2; i < words.length; i++) {
            words[i] = Files.exists(file(words[i])) ? file(words[i]).toString() : words[i];
        }
        return words;
    }

    private static Path file(String name) {
        return folder.resolve(name);
    }

    private static Picture plain(int width, int height, int value) {
        byte[] rgb = new byte[3 * width * height];
        Arrays.fill(rgb, (byte) value);
        return new Picture(width, height, rgb);
    }
}
