package stablediffusion.cli.output;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.ParseResult;
import stablediffusion.cli.Main;
import stablediffusion.model.Printable;
import stablediffusion.model.image.Parameters;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Pictures of the web UI as commands of this program. */
class RecreateCommandTest {
    @Test
    void aPictureOfTheWebUi() {
        RecreateCommand command = RecreateCommand.of(Parameters.parse("""
                it's a cat, (fluffy:1.2)
                Negative prompt: dog
                Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 3416309341, Size: 512x768, Model hash: cc6cb27103, \
                Model: v1-5-pruned, Clip skip: 2, Batch size: 4, Batch pos: 2, \
                Hires upscale: 2, Version: v1.10.1"""));
        assertEquals(
                "sd generate 'it'\\''s a cat, (fluffy:1.2)' -n dog --sampler dpm++2m --schedule karras --steps 20 --cfg-scale 7 "
                        + "--seed 3416309341 --rng cuda -W 512 -H 768 --clip-skip 2 --model v1-5-pruned",
                command.text());
        assertEquals(List.of("Hires upscale"), command.leftOut());
    }

    @Test
    void theWayOfInpainting() {
        RecreateCommand command = RecreateCommand.of(Parameters.parse("a cat\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1, RNG: CPU, "
                + "Init image: a.png, Denoising strength: 0.9, Mask image: b.png, Masked content: latent noise, Inpaint area: Only masked, "
                + "Masked area padding: 32"));
        assertEquals("sd generate 'a cat' --sampler euler --steps 20 --cfg-scale 7 --seed 1 --init-img a.png --strength 0.9 --mask b.png "
                + "--mask-fill noise --mask-padding 32", command.text());
        assertEquals(List.of(), command.leftOut());
    }

    @Test
    void theScheduleInTheSamplersName() {
        RecreateCommand command = RecreateCommand.of(Parameters.parse(
                "a cat\nSteps: 20, Sampler: DPM++ 2S a Karras, CFG scale: 7, Seed: 1, RNG: CPU, Eta: 0.5"));
        assertEquals("sd generate 'a cat' --sampler dpm++2s_a --schedule karras --steps 20 --cfg-scale 7 --seed 1 --eta 0.5",
                command.text());
    }

    @Test
    void whatIsNotKnownIsLeftOutAndSaid() {
        RecreateCommand command = RecreateCommand.of(Parameters.parse(
                "a cat\nSteps: 20, Sampler: Restart, Schedule type: SGM Uniform, CFG scale: 7, Denoising strength: 0.5, RNG: NV"));
        assertEquals("sd generate 'a cat' --steps 20 --cfg-scale 7 --rng cuda", command.text());
        assertEquals(List.of("Sampler", "Schedule type", "Denoising strength"), command.leftOut());
    }

    /** Passes the command to shells, which must hand on exactly the words: nothing may run, expand, or be taken for an option. */
    @ParameterizedTest
    @ValueSource(strings = {
        "it's $(touch x) `touch y` \"z\"; touch w #'; touch v; '",
        "line one\n'; touch x; '\r\nNegative prompt: neg'\n$(touch y)",
        "red \u001b[31mRED\u001b]0;title\u0007 \u009b31m \u001b[201~\ntouch x\n! 100% \\ 'a' - end",
        "--model=/etc/passwd",
        "--help",
        "-",
        "@options.txt",
        "=ls ~ *",
        "p\nNegative prompt: --output=evil.png",
        "p\nNegative prompt: @options.txt",
        "--x\n-y\nNegative prompt: -n\n--z",
        "日本語の猫 🐈\n!!",
    })
    void theTextIsOneSafeCommand(String prompts) throws IOException, InterruptedException {
        String settings =
                "\nSteps: -1, Sampler: Euler, CFG scale: \"; id\", Seed: \"$(id)\", Model: --help, Init image: \"-o\", Mask image: \"a\\tb\", Eta: `id`";
        RecreateCommand command = RecreateCommand.of(Parameters.parse(prompts + settings));
        assertEquals(1, command.text().lines().count());
        assertEquals(command.text(), Printable.line(command.text()));
        List<String> expected = command.words().subList(1, command.words().size());
        for (String shell : List.of("sh", "bash")) {
            String script = "sd() { printf '%s\\0' \"$@\"; }\n" + command.text();
            Process process = new ProcessBuilder(shell, "-c", script).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals(0, process.waitFor(), output);
            assertEquals(String.join("\0", expected) + "\0", output, shell + ": " + command.text());
        }
        assertEquals(List.of("Model", "Init image", "Mask image"), command.leftOut());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--model=/etc/passwd", "--help", "-", "--", "@options.txt", "--plms", "-n", "a star"})
    void anyPromptIsReadAsAPrompt(String prompt) {
        Parameters parameters = new Parameters(prompt, prompt, Map.of("Steps", "20", "Sampler", "Euler", "Seed", "-1"));
        List<String> words = RecreateCommand.of(parameters).words();
        ParseResult read = Main.commandLine().parseArgs(words.subList(1, words.size()).toArray(String[]::new)).subcommand();
        assertEquals(Optional.of(prompt), read.matchedPositionalValue(0, Optional.empty()));
        assertEquals(prompt, read.matchedOptionValue("--negative-prompt", "").strip());
        assertEquals(Optional.of(-1L), read.matchedOptionValue("--seed", Optional.empty()));
    }
}
