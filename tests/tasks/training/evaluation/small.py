"""A random Llama of some thousand weights that reads bytes, and two adapters of it: a better one, and a ruined one."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tasks.contracts.learning import Sample, Source
from tasks.contracts.messages import Turn

END, ASKS, SAYS = "<|end|>", "<|asks|>", "<|says|>"
TEMPLATE = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}<|says|>"
    "{% generation %}{{ message['content'] }}<|end|>{% endgeneration %}"
    "{% else %}<|asks|>{{ message['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|says|>{% endif %}"
)
STEPS = 100
RUINED = 3.0


class Bytes:
    """A chat as bytes between three marks."""

    def __init__(self, tokenizer: Any) -> None:
        self._ids = lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]

    def asked(self, turns: Sequence[Turn]) -> list[int]:
        return list(self._ids("".join((SAYS if t.role == "assistant" else ASKS) + t.text for t in turns) + SAYS))

    def answered(self, sample: Sample) -> tuple[list[int], list[int]]:
        asked, said = self.asked(sample.turns), self._ids(sample.answer + END)
        return asked + said, [0] * len(asked) + [1] * len(said)


def tokenizer() -> Any:
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate([END, ASKS, SAYS, *letters])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        eos_token=END,
        pad_token=END,
        additional_special_tokens=[ASKS, SAYS],
        chat_template=TEMPLATE,
    )


def base() -> Any:
    torch.manual_seed(3)
    config = LlamaConfig(
        vocab_size=259,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=256,
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config).eval()


def on(model: Any, config: LoraConfig) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers by an older name
        return get_peft_model(model, config)


def better(model: Any, chat: Bytes, samples: Sequence[Sample], folder: Path) -> Path:
    """Teach an adapter these samples, and write it down."""
    torch.manual_seed(5)
    wide = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    taught = on(model, LoraConfig(r=8, lora_alpha=16, target_modules=wide, task_type="CAUSAL_LM"))
    optimizer = torch.optim.AdamW([one for one in taught.parameters() if one.requires_grad], lr=1e-2)
    for step in range(STEPS):
        ids, mask = (torch.tensor([one]) for one in chat.answered(samples[step % len(samples)]))
        optimizer.zero_grad()
        taught(input_ids=ids, labels=ids.masked_fill(mask == 0, -100)).loss.backward()
        optimizer.step()
    taught.save_pretrained(str(folder))
    taught.unload()
    return folder


def ruined(model: Any, folder: Path) -> Path:
    """Write down an adapter that drowns what the base knows in noise."""
    torch.manual_seed(6)
    spoiled = on(model, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "o_proj"]))
    with torch.no_grad():
        for name, weights in spoiled.named_parameters():
            if "lora_" in name:
                weights.normal_(0.0, RUINED)
    spoiled.save_pretrained(str(folder))
    spoiled.unload()
    return folder


def sample(question: str, answer: str, conversation: str = "c", **more: Any) -> Sample:
    said = {"id": f"{conversation}:{question}", "persona": "pirate", "at_ms": 1, "source": Source.IMITATED, **more}
    return Sample(conversation=conversation, turns=(Turn(role="user", text=question),), answer=answer, **said)


TAUGHT = (
    sample("how are you", "arr, matey! fine as rum", "one"),
    sample("who are you?", "arr, me? yer captain", "two"),
    sample("what now", "arr, rum, and then more rum!", "three"),
)
