package stablediffusion.bench;

import stablediffusion.model.pipeline.Request;

/** A picture to measure by; what is not said here is as {@code sd generate} has it. */
public record PictureRequest(String prompt, int steps, float guidanceScale, long seed) {
    Request at(int width, int height) {
        return Request.builder(prompt)
                .size(width, height)
                .steps(steps)
                .guidanceScale(guidanceScale)
                .seed(seed)
                .build();
    }
}
