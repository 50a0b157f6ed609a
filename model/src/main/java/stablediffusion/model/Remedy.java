package stablediffusion.model;

/**
 * Names what a caller can do about a {@link UserException}. The message of the exception says what is wrong; how a remedy is applied depends
 * on the front end: the command line names an option, a program calls a method, a server names a field.
 */
public enum Remedy {
    /** Compute in {@link stablediffusion.model.Precision#F32}, or leave the precision to the engine. */
    COMPUTE_IN_F32,
    /** Compute in a precision of two bytes, which takes less memory. */
    COMPUTE_IN_16_BITS,
    /** Make fewer pictures in one run of the networks. */
    MAKE_FEWER_TOGETHER,
    /** Run on the CPU engine. */
    COMPUTE_ON_CPU,
    /** Look at the list of devices. */
    LIST_DEVICES,
    /** Find the block sizes of a device again. */
    TUNE_AGAIN,
    /** Convert a checkpoint, again if it was converted before. */
    CONVERT_CHECKPOINT,
    /** Store the weights of a converted model in single precision. */
    STORE_IN_F32,
    /** Convert the trained weights instead of their moving average. */
    CONVERT_WITHOUT_EMA,
    /** Name another folder to write to. */
    NAME_OUTPUT_FOLDER,
    /** Name another folder of LoRA files. */
    NAME_LORA_FOLDER,
    /** Measure a model and keep the measurement in a history. */
    RECORD_HISTORY,
    /** Name a picture to start from. */
    NAME_INITIAL_IMAGE
}
