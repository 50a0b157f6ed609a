package stablediffusion.model.pipeline;

/** What a pipeline spends its time on, in order. */
public enum Phase {
    LOAD_TEXT_ENCODER("loading the text encoder"),
    ENCODE_PROMPT("reading the prompt"),
    LOAD_IMAGE_ENCODER("loading the image encoder"),
    ENCODE_IMAGE("encoding the picture"),
    LOAD_UNET("loading the UNet"),
    DENOISE("denoising"),
    LOAD_IMAGE_DECODER("loading the image decoder"),
    DECODE_IMAGE("decoding the picture");

    private final String description;

    Phase(String description) {
        this.description = description;
    }

    /** For people, in the present participle. */
    public String description() {
        return description;
    }
}
