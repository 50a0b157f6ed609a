package stablediffusion.model.pipeline;

/** Names the phases of a run of the pipeline, in their order. */
public enum Phase {
    LOAD_TEXT_ENCODER("loading the text encoder"),
    COMPILE_TEXT_ENCODER("compiling the text encoder's kernels"),
    ENCODE_PROMPT("reading the prompt"),
    LOAD_IMAGE_ENCODER("loading the image encoder"),
    COMPILE_IMAGE_ENCODER("compiling the image encoder's kernels"),
    ENCODE_IMAGE("encoding the picture"),
    LOAD_UNET("loading the UNet"),
    COMPILE_UNET("compiling the UNet's kernels"),
    DENOISE("denoising"),
    LOAD_IMAGE_DECODER("loading the image decoder"),
    COMPILE_IMAGE_DECODER("compiling the image decoder's kernels"),
    DECODE_IMAGE("decoding the picture");

    private final String description;

    Phase(String description) {
        this.description = description;
    }

    /** Returns a description for people, in the present participle. */
    public String description() {
        return description;
    }
}
