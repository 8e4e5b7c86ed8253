"""The chat templates that bases come with, as their makers write them: none marks what an assistant says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tasks.training.dataset.tokenizers_made import byte_tokenizer

DEMO = Path("workers/demo/weights/chat_template.jinja")


@dataclass(frozen=True)
class Base:
    """How a family of bases writes a chat."""

    template: str
    specials: tuple[str, ...]
    end: str
    begin: str = ""

    def tokenizer(self) -> Any:
        return byte_tokenizer(self.template, self.specials, end=self.end, begin=self.begin)


CHATML = Base(
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n'"
    " + message['content'] + '<|im_end|>' + '\\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
    ("<|im_start|>", "<|im_end|>"),
    "<|im_end|>",
)
QWEN3 = Base(
    "{%- if messages[0].role == 'system' %}{{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}"
    "{%- endif %}{%- set ns = namespace(asked=0) %}"
    "{%- for message in messages %}{%- if message.role == 'user' %}{%- set ns.asked = loop.index0 %}"
    "{%- endif %}{%- endfor %}"
    "{%- for message in messages %}{%- if message.role == 'user' or (message.role == 'system' and not loop.first) %}"
    "{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' + '\\n' }}"
    "{%- elif message.role == 'assistant' %}{%- if loop.index0 > ns.asked and loop.last %}"
    "{{- '<|im_start|>assistant\\n<think>\\n\\n</think>\\n\\n' + message.content.lstrip('\\n') }}"
    "{%- else %}{{- '<|im_start|>assistant\\n' + message.content }}{%- endif %}{{- '<|im_end|>\\n' }}{%- endif %}"
    "{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}",
    CHATML.specials,
    CHATML.end,
)
_HEADS = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|begin_of_text|>")
LLAMA3 = Base(
    "{% set loop_messages = messages %}{% for message in loop_messages %}"
    "{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim"
    " + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}",
    _HEADS,
    "<|eot_id|>",
    "<|begin_of_text|>",
)
LLAMA31 = Base(
    "{{- bos_token }}{%- if not date_string is defined %}{%- set date_string = strftime_now('%d %b %Y') %}{%- endif %}"
    "{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content']|trim %}"
    "{%- set messages = messages[1:] %}{%- else %}{%- set system_message = '' %}{%- endif %}"
    "{{- '<|start_header_id|>system<|end_header_id|>\\n\\n' }}{{- 'Cutting Knowledge Date: December 2023\\n' }}"
    "{{- 'Today Date: ' + date_string + '\\n\\n' }}{{- system_message }}{{- '<|eot_id|>' }}"
    "{%- for message in messages %}{{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'"
    " + message['content'] | trim + '<|eot_id|>' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}",
    _HEADS,
    "<|eot_id|>",
    "<|begin_of_text|>",
)
_MISTRAL = (
    "{%%- if messages[0]['role'] == 'system' %%}{%%- set system_message = messages[0]['content'] %%}"
    "{%%- set loop_messages = messages[1:] %%}{%%- else %%}{%%- set loop_messages = messages %%}{%%- endif %%}"
    "{{- bos_token }}{%%- for message in loop_messages %%}"
    "{%%- if (message['role'] == 'user') != (loop.index0 %% 2 == 0) %%}"
    "{{- raise_exception('roles must alternate user/assistant/user/assistant/...') }}{%%- endif %%}"
    "{%%- if message['role'] == 'user' %%}{%%- if loop.%(where)s and system_message is defined %%}"
    "{{- '%(open)s' + system_message + '\\n\\n' + message['content'] + '%(close)s' }}"
    "{%%- else %%}{{- '%(open)s' + message['content'] + '%(close)s' }}{%%- endif %%}"
    "{%%- elif message['role'] == 'assistant' %%}{{- %(answer)s + eos_token }}{%%- endif %%}{%%- endfor %%}"
)
_INST = ("[INST]", "[/INST]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "<s>", "</s>")


def _mistral(where: str, opens: str, closes: str, answer: str) -> Base:
    told = {"where": where, "open": opens, "close": closes, "answer": answer}
    return Base(_MISTRAL % told, _INST, "</s>", "<s>")


MISTRAL_V1 = _mistral("first", " [INST] ", " [/INST]", "' ' + message['content']")
MISTRAL_V3 = _mistral("last", "[INST] ", "[/INST]", "' ' + message['content']|trim")
MISTRAL_NEMO = _mistral("last", "[INST]", "[/INST]", "message['content']|trim")
MISTRAL_V7 = Base(
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST]' + message['content'] + '[/INST]' }}{% elif message['role'] == 'system' %}"
    "{{ '[SYSTEM_PROMPT]' + message['content'] + '[/SYSTEM_PROMPT]' }}{% elif message['role'] == 'assistant' %}"
    "{{ message['content'] + eos_token }}{% endif %}{% endfor %}",
    _INST,
    "</s>",
    "<s>",
)
GEMMA = Base(
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% if (message['role'] == 'assistant') %}{% set role = 'model' %}{% else %}"
    "{% set role = message['role'] %}{% endif %}"
    "{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\\n'}}{% endif %}",
    ("<start_of_turn>", "<end_of_turn>", "<bos>"),
    "<end_of_turn>",
    "<bos>",
)
BASES = {
    "demo": Base(DEMO.read_text("utf-8"), ("<|end|>", "<|user|>", "<|assistant|>"), "<|end|>"),
    "chatml": CHATML,
    "qwen3": QWEN3,
    "llama3": LLAMA3,
    "llama31": LLAMA31,
    "mistral_v1": MISTRAL_V1,
    "mistral_v3": MISTRAL_V3,
    "mistral_nemo": MISTRAL_NEMO,
    "mistral_v7": MISTRAL_V7,
    "gemma": GEMMA,
}
