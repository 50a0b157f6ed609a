package stablediffusion.cli.output;

import org.junit.jupiter.api.Test;
import stablediffusion.model.image.Parameters;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Pictures of the web UI as commands of this program. */
class RecreateCommandTest {
    @Test
    void aPictureOfTheWebUi() {
        RecreateCommand command = RecreateCommand.of(Parameters.parse("""
                it's a cat, (fluffy:1.2)
                Negative prompt: dog
                Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 3416309341, Size: 512x768, Model hash: cc6cb27103, \
                Model: v1-5-pruned, Clip skip: 2, Hires upscale: 2, Version: v1.10.1"""));
        assertEquals(
                "sd generate 'it'\\''s a cat, (fluffy:1.2)' -n dog --sampler dpm++2m --schedule karras --steps 20 --cfg-scale 7 "
                        + "--seed 3416309341 --rng cuda -W 512 -H 768 --clip-skip 2 --model v1-5-pruned",
                command.text());
        assertEquals(List.of("Hires upscale"), command.leftOut());
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
}
