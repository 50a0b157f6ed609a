package stablediffusion.bench;

import stablediffusion.model.InvalidRequestException;
import stablediffusion.model.pipeline.Request;
import stablediffusion.model.sampler.NoiseSchedule;
import stablediffusion.model.sampler.Samplers;
import stablediffusion.model.sampler.Schedule;
import stablediffusion.model.text.PromptStyle;

/**
 * Describes the picture of a benchmark; all other settings are the usual ones of text to image.
 *
 * @throws stablediffusion.model.UserException for a prompt or a number of steps that cannot be done, before anything is measured
 */
public record PictureRequest(String prompt, int steps, float guidanceScale, long seed) {
    public PictureRequest {
        Samplers.find(Samplers.DEFAULT).create().noiseLevels(NoiseSchedule.stableDiffusion(), Schedule.DISCRETE, steps);
        if (!PromptStyle.MARKED.loras(prompt).isEmpty()) {
            throw new InvalidRequestException("models are measured as they are: leave the LoRA out of the prompt");
        }
    }

    Request at(int width, int height) {
        return Request.builder(prompt)
                .size(width, height)
                .steps(steps)
                .guidanceScale(guidanceScale)
                .seed(seed)
                .build();
    }
}
